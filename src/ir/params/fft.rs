//! Parameters of Fourier transforms.

/// Which transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FftKind {
    /// Complex to complex.
    Fft,
    /// The inverse of `Fft`.
    Ifft,
    /// Real to the first half of the complex result.
    Rfft,
    /// The inverse of `Rfft`.
    Irfft,
}

impl FftKind {
    /// Every kind.
    pub const ALL: [FftKind; 4] = [FftKind::Fft, FftKind::Ifft, FftKind::Rfft, FftKind::Irfft];
}

/// Discrete Fourier transform over the last axes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fft {
    /// Which transform.
    pub kind: FftKind,
    /// The sizes of the transformed axes, one to three; of the real side for `Rfft` and `Irfft`.
    pub lengths: Vec<usize>,
}
