// SPDX-License-Identifier: Apache-2.0
#include "warrant/host/scrubbed_output.h"

namespace warrant::host {

std::string ScrubbedOutput::changed(std::string_view bytes) { return scrubbed_.feed(bytes); }

void ScrubbedOutput::finish() { (void)put(scrubbed_.finish()).has_value(); }

}  // namespace warrant::host
