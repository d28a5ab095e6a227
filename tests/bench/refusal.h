// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace rookery::bench {

/// What the server said when it refused, as one sentence, with the key of its configuration to lift where it
/// is a limit that is in the way. `problem` is a problem+json body or an error frame; `status` is 0 for a
/// frame.
std::string explainRefusal(int status, std::string_view problem);

} // namespace rookery::bench
