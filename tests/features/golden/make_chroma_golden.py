#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes chroma.h5: short synthetic signals and librosa 0.10.2's chroma, tuning, CENS and tonnetz of them.

Usage: make_chroma_golden.py [OUTPUT]      (needs librosa 0.10.2, h5py)
Signals are kept as 16-bit samples at 16 kHz; references are computed from these, scaled by 1/32768.
"""
import pathlib
import sys

import h5py
import librosa
import numpy as np

RATE = 16000
BINS_PER_OCTAVE = 36


def chords(seed, seconds, detune_semitones, noise):
    """Decaying harmonic chords on every half second with a kick and a noise burst, over a noise floor."""
    rng = np.random.default_rng(seed)
    time = np.arange(seconds * RATE) / RATE
    signal = noise * rng.standard_normal(time.size)
    for beat in range(2 * seconds):
        after = time - beat / 2
        struck = after >= 0
        after = np.where(struck, after, 0.0)
        envelope = struck * np.minimum(100 * after, 1) * np.exp(-3 * after)
        root = 48 + rng.integers(0, 12)
        for interval in (0, 4, 7, 12):
            pitch = 440 * 2 ** ((root + interval - 69 + detune_semitones) / 12)
            for harmonic in range(1, 6):
                phase = rng.uniform(0, 2 * np.pi)
                signal += 0.2 * envelope * np.sin(2 * np.pi * pitch * harmonic * after + phase) / harmonic
        signal += 0.4 * envelope * np.exp(-10 * after) * np.sin(100 * np.exp(-after) * after)
        signal += 0.1 * struck * np.exp(-40 * after) * rng.standard_normal(time.size)
    return np.round(signal / np.abs(signal).max() * 0.7 * 32767).astype(np.int16)


def vote_margin(signal):
    """How far the fullest cell of the tuning histogram is ahead of the next."""
    pitch, magnitude = librosa.piptrack(y=signal, sr=RATE)
    found = pitch > 0
    pitch = pitch[found & (magnitude >= np.median(magnitude[found]))]
    residual = np.mod(BINS_PER_OCTAVE * librosa.hz_to_octs(pitch), 1.0)
    residual[residual >= 0.5] -= 1.0
    votes = np.sort(np.histogram(residual, np.linspace(-0.5, 0.5, 101))[0])
    return votes[-1] - votes[-2]


def clear_chords(seconds, detune_semitones, noise):
    """The first chords whose tuning does not hang on one or two votes."""
    for seed in range(100):
        samples = chords(seed, seconds, detune_semitones, noise)
        if vote_margin(samples.astype(np.float32) / 32768) >= 3:
            return samples
    raise SystemExit("no seed gives chords of clear tuning")


def write_signal(group, samples):
    signal = samples.astype(np.float32) / 32768
    chroma = librosa.feature.chroma_cqt(y=signal, sr=RATE)
    group["samples"] = samples
    group["tuning"] = np.array([librosa.estimate_tuning(y=signal, sr=RATE, bins_per_octave=BINS_PER_OCTAVE)])
    group["chroma_tuning_zero"] = librosa.feature.chroma_cqt(y=signal, sr=RATE, tuning=0)
    group["chroma"] = chroma
    group["chroma_cens"] = librosa.feature.chroma_cens(y=signal, sr=RATE)
    group["tonnetz"] = librosa.feature.tonnetz(y=signal, sr=RATE).astype(np.float32)
    group["harmony"] = np.concatenate([chroma.mean(axis=1, dtype=float), chroma.std(axis=1, dtype=float)])


def main():
    here = pathlib.Path(__file__).resolve().parent
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "chroma.h5"
    signals = {
        "clean_chords": clear_chords(1, 0.0, 0.0),
        "detuned_chords": clear_chords(1, 0.13, 1e-4),
        "noisy_chords": clear_chords(2, -0.09, 0.02),
    }
    with h5py.File(output, "w") as file:
        file.attrs["reference"] = f"librosa {librosa.__version__}"
        for name, samples in signals.items():
            write_signal(file.create_group(name), samples)


if __name__ == "__main__":
    main()
