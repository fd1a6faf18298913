// Defaults of XLA's settings, put into the environment before main() starts.
//
// XLA reads XLA_FLAGS at its first use, and later flags win over earlier ones: the user's stand
// behind ours. Rust can set a variable only by unsafe code, because other threads may read it; here
// there are no others yet.

#include <cstdlib>
#include <string>

namespace {

// With fast minimum and maximum, max(NaN, 0) would be 0. The older emitter of fused loops compiles
// in a third to a half less time, and runs what it makes as fast or faster: A + Aᵀ of a million f32
// takes 0.3 ms instead of 7.9 (docs/NOTES.md).
constexpr char kFlags[] =
    "--xla_cpu_enable_fast_min_max=false --xla_cpu_use_fusion_emitters=false";

struct Defaults {
  Defaults() {
    const char* given = std::getenv("XLA_FLAGS");
    std::string flags = kFlags;
    if (given != nullptr) flags += std::string(" ") + given;
    setenv("XLA_FLAGS", flags.c_str(), 1);
  }
} defaults;

}  // namespace
