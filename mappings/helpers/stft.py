import math

import mlx.core as mx

from .pad import pad
from .unfold_dim import unfold_dim


def hfft(input, n=None, dim=-1, norm=None):
    """``torch.fft.hfft``: the real transform of a Hermitian signal."""
    n = 2 * (input.shape[dim] - 1) if n is None else n
    return mx.fft.irfft(mx.conj(input), n=n, axis=dim) * {"ortho": math.sqrt(n), "forward": 1}.get(norm, n)


def ihfft(input, n=None, dim=-1, norm=None):
    """``torch.fft.ihfft``: the inverse of `hfft`."""
    n = input.shape[dim] if n is None else n
    return mx.conj(mx.fft.rfft(input, n=n, axis=dim)) / {"ortho": math.sqrt(n), "forward": 1}.get(norm, n)


def _centered_window(window, win_length, n_fft):
    length = n_fft if win_length is None else win_length
    window = mx.ones((length,)) if window is None else window
    before = (n_fft - length) // 2
    return mx.pad(window, [(before, n_fft - length - before)])


def stft(
    input, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode="reflect", normalized=False, onesided=None,
    return_complex=None,
):
    """``torch.stft`` with complex results: (..., frequencies, frames)."""
    if return_complex is False:
        raise NotImplementedError("stft with return_complex=False")
    hop = n_fft // 4 if hop_length is None else hop_length
    padded = pad(input[None] if input.ndim == 1 else input, (n_fft // 2, n_fft // 2), pad_mode) if center else input
    frames = unfold_dim(padded, -1, n_fft, hop) * _centered_window(window, win_length, n_fft)
    whole = input.dtype == mx.complex64 if onesided is None else not onesided
    spectrum = mx.fft.fft(frames, axis=-1) if whole else mx.fft.rfft(frames, axis=-1)
    spectrum = (spectrum / math.sqrt(n_fft) if normalized else spectrum).swapaxes(-1, -2)
    return spectrum.reshape(input.shape[:-1] + spectrum.shape[-2:])


def istft(
    input, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False, onesided=None, length=None,
    return_complex=False,
):
    """``torch.istft``: overlapping frames are added up and divided by the squared windows over each place."""
    hop = n_fft // 4 if hop_length is None else hop_length
    window = _centered_window(window, win_length, n_fft)
    spectrum = (input * math.sqrt(n_fft) if normalized else input).swapaxes(-1, -2)
    if onesided is False or return_complex:
        frames = mx.fft.ifft(spectrum, n=n_fft, axis=-1)
        frames = frames if return_complex else mx.real(frames)
    else:
        frames = mx.fft.irfft(spectrum, n=n_fft, axis=-1)
    count = frames.shape[-2]
    frames = (frames * window).reshape(-1, count * n_fft)
    places = (mx.arange(count)[:, None] * hop + mx.arange(n_fft)).reshape(-1)
    total = n_fft + hop * (count - 1)
    signal = mx.zeros((frames.shape[0], total), frames.dtype).at[:, places].add(frames)
    cover = mx.zeros((total,)).at[places].add(mx.tile(window * window, count))
    start = n_fft // 2 if center else 0
    stop = start + length if length is not None else total - start
    signal = signal[:, start:stop] / cover[start:stop]
    signal = mx.pad(signal, [(0, 0), (0, max(stop - total, 0))])
    return signal.reshape(input.shape[:-2] + (-1,))
