// Makes functions known to XLA's programs on the CPU, by its interface for foreign functions
// (xla/ffi/api/ffi.h): with pointers to operands and results, a text that describes them, and the
// threads that XLA has for its own loops.

#include <cfenv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "xla/ffi/api/ffi.h"

namespace xla::ffi {

// The interface, which the library gives out. Weak: a runtime that hides it has no kernels.
__attribute__((weak)) const XLA_FFI_Api* GetXlaFfiApi();

}  // namespace xla::ffi

// As in src/call.rs.
struct Buffer {
  void* start;
  uint32_t dtype;
  size_t rank;
  const int64_t* shape;
};
struct Operands {
  const char* text;
  size_t length;
  const Buffer* ins;
  const Buffer* outs;
  size_t count;  // Of results.
};
struct Threads {
  void* pool;
  size_t count;
  void (*schedule)(void* pool, void (*task)(void*), void* data);
};

namespace {

namespace ffi = xla::ffi;

using Kernel = bool (*)(Operands, Threads);  // Whether the text made sense.

void OnPool(void* pool, void (*task)(void*), void* data) {
  static_cast<ffi::ThreadPool*>(pool)->Schedule([task, data] { task(data); });
}

Buffer Describe(const ffi::AnyBuffer& x) {
  const auto shape = x.dimensions();
  return {x.untyped_data(), static_cast<uint32_t>(x.element_type()), shape.size(), shape.begin()};
}

ffi::Error Call(Kernel kernel, ffi::ThreadPool& pool, std::string_view text, ffi::RemainingArgs& args,
                ffi::RemainingRets& rets) {
  std::vector<Buffer> ins(args.size()), outs(rets.size());
  for (size_t i = 0; i < ins.size(); ++i) {
    auto in = args.get<ffi::AnyBuffer>(i);
    if (!in) return in.error();
    ins[i] = Describe(*in);
  }
  for (size_t i = 0; i < outs.size(); ++i) {
    auto out = rets.get<ffi::AnyBuffer>(i);
    if (!out) return out.error();
    outs[i] = Describe(**out);
  }
  const size_t threads = static_cast<size_t>(pool.num_threads());
  const Operands operands = {text.data(), text.size(), ins.data(), outs.data(), outs.size()};
  if (kernel(operands, {&pool, threads, OnPool})) return ffi::Error::Success();
  return ffi::Error::InvalidArgument("a call that its function does not understand");
}

// Texts, and numbers where there are too many to be read from a text in every call.
std::string_view Bytes(std::string_view text) { return text; }
std::string_view Bytes(ffi::Span<const int64_t> numbers) {
  return {reinterpret_cast<const char*>(numbers.begin()), numbers.size() * sizeof(int64_t)};
}

}  // namespace

// XLA's threads take numbers below the least normal one for 0. Runs a task as IEEE 754 has it.
extern "C" void cotangent_with_subnormals(void (*task)(void*), void* data) {
  std::fenv_t xla;
  std::fegetenv(&xla);
  std::fesetenv(FE_DFL_ENV);
  task(data);
  std::fesetenv(&xla);
}

#define COTANGENT_KERNELS(KERNEL)                      \
  KERNEL(cotangent_assemble, ffi::Span<const int64_t>) \
  KERNEL(cotangent_cholesky, std::string_view)         \
  KERNEL(cotangent_cumulative_sum, std::string_view)   \
  KERNEL(cotangent_dot, std::string_view)              \
  KERNEL(cotangent_eig, std::string_view)              \
  KERNEL(cotangent_eigh, std::string_view)             \
  KERNEL(cotangent_lu, std::string_view)               \
  KERNEL(cotangent_print, std::string_view)            \
  KERNEL(cotangent_product, ffi::Span<const int64_t>)  \
  KERNEL(cotangent_qr, std::string_view)               \
  KERNEL(cotangent_scatter_add, std::string_view)      \
  KERNEL(cotangent_svd, std::string_view)              \
  KERNEL(cotangent_triangular_solve, std::string_view)

#define DEFINE(name, Text)                                                                  \
  extern "C" bool name(Operands, Threads);                                                  \
  XLA_FFI_DEFINE_HANDLER(name##_handler,                                                    \
                         ([](ffi::ThreadPool pool, Text text, ffi::RemainingArgs args,      \
                             ffi::RemainingRets rets) {                                     \
                           return Call(name, pool, Bytes(text), args, rets);                \
                         }),                                                                \
                         ffi::Ffi::Bind()                                                   \
                             .Ctx<ffi::ThreadPool>()                                        \
                             .Attr<Text>("text")                                            \
                             .RemainingArgs()                                               \
                             .RemainingRets());

COTANGENT_KERNELS(DEFINE)

#define REGISTER(name, Text) \
  failed |= ffi::Ffi::RegisterStaticHandler(api, #name, "Host", name##_handler) != nullptr;

// Makes all of them known; false if the runtime has no such interface.
extern "C" bool cotangent_register() {
  if (&ffi::GetXlaFfiApi == nullptr) return false;
  const XLA_FFI_Api* api = ffi::GetXlaFfiApi();
  bool failed = false;
  COTANGENT_KERNELS(REGISTER)
  return !failed;
}
