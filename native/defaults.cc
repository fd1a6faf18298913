// Defaults of XLA's settings, read by XLA before main() starts.
//
// XLA reads XLA_FLAGS once, and later flags win over earlier ones: the user's stand behind ours.
// They are in the environment while XLA reads them and no longer: a plugin for another device has
// an XLA of its own, maybe a newer one, which stops the process over a flag that it does not know.
// Rust can set a variable only by unsafe code, because other threads may read it; here there are
// no others yet.

#include <cstdlib>
#include <string>
#include <thread>

#include "xla/debug_options_flags.h"

namespace {

// docs/NOTES.md has the measurements.
std::string Flags() {
  // With fast minimum and maximum, max(NaN, 0) would be 0.
  std::string flags = "--xla_cpu_enable_fast_min_max=false";
  // The older emitter of fused loops compiles in a third to a half less time, and runs what it
  // makes as fast or faster: A + Aᵀ of a million f32 takes 0.3 ms instead of 7.9.
  flags += " --xla_cpu_use_fusion_emitters=false";
  // LLVM's higher levels take a third more time and gain nothing on loops like ours.
  flags += " --xla_backend_optimization_level=1";
  // Loops are compiled in so many parts: with fewer, the largest part keeps the others waiting.
  const unsigned cores = std::thread::hardware_concurrency();
  flags += " --xla_cpu_parallel_codegen_split_count=" + std::to_string(2 * (cores ? cores : 16));
  return flags;
}

struct Defaults {
  Defaults() {
    const char* variable = std::getenv("XLA_FLAGS");
    const bool given = variable != nullptr;
    const std::string users = given ? variable : "";
    // As xla::set_min_log_level has it for the CPU, but read by plugins: errors show, no progress.
    setenv("TF_CPP_MIN_LOG_LEVEL", "2", /*overwrite=*/0);
    setenv("XLA_FLAGS", (Flags() + " " + users).c_str(), 1);
    xla::GetDebugOptionsFromFlags();
    if (given) {
      setenv("XLA_FLAGS", users.c_str(), 1);
    } else {
      unsetenv("XLA_FLAGS");
    }
  }
} defaults;

}  // namespace
