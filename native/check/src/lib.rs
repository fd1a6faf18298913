//! Empty: the build script is all there is.
