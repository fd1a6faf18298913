// Stand-in for the header of gRPC: XLA's headers name this class only.
#ifndef COTANGENT_GRPCPP_CHANNEL_H_
#define COTANGENT_GRPCPP_CHANNEL_H_

namespace grpc {
class Channel;
}

#endif  // COTANGENT_GRPCPP_CHANNEL_H_
