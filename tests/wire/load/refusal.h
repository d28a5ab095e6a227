// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace rookery::load {

/// The server's refusal as one sentence, with the configuration key to raise if a limit was hit. `problem` is
/// a problem+json body or an error frame; `status` is 0 for a frame.
std::string explainRefusal(int status, std::string_view problem);

} // namespace rookery::load
