// SPDX-License-Identifier: GPL-3.0-or-later
"use strict";

// A file of its own, because the page's Content-Security-Policy runs no script that stands in the page.
// Beside this script, wherever a proxy shows it.
const openApi = new URL("openapi.json", document.currentScript.src).href;

window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: openApi,
    dom_id: "#swagger-ui",
    deepLinking: true,
    // Nothing may be sent to a validator on somebody else's host.
    validatorUrl: null,
    // The token typed under "Authorize" is forgotten with the page.
    persistAuthorization: false,
    tryItOutEnabled: true,
    defaultModelsExpandDepth: 0,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
});
