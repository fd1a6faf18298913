// Defaults of XLA's settings, put into the environment before main() starts.
//
// XLA reads XLA_FLAGS at its first use, and later flags win over earlier ones: the user's stand
// behind ours. Rust can set a variable only by unsafe code, because other threads may read it; here
// there are no others yet.

#include <cstdlib>
#include <string>

namespace {

// The only default: without it max and min lose NaN ("fast" means max(NaN, 0) = 0).
constexpr char kFlags[] = "--xla_cpu_enable_fast_min_max=false";

struct Defaults {
  Defaults() {
    const char* given = std::getenv("XLA_FLAGS");
    std::string flags = kFlags;
    if (given != nullptr) flags += std::string(" ") + given;
    setenv("XLA_FLAGS", flags.c_str(), 1);
  }
} defaults;

}  // namespace
