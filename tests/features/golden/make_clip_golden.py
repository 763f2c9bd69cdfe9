#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes clips.h5: what librosa makes of clips of other lengths, cut into other segments than the published study's.

Usage: make_clip_golden.py [OUTPUT]      (needs librosa, h5py; made with librosa 0.11.0)
The sound is tune() below, which tests/features/clip_golden_test.cpp makes again, sample for sample, in whole multiples of
2^-18. A group a case, its attributes the geometry in seconds: tuning [segments], harmony [segments, 24] (mean and
deviation of the chroma), levels [segments, 8] of the sound at four gains, bpm, and classic: the mean of each bin over
the frames of the whole clip, in librosa's order of names as features/classic.h has it.
"""
import pathlib
import sys

import h5py
import librosa
import numpy as np

RATE = 16000
CASES = {  # seconds, segment, hop
    "short": (3.0, 1.0, 0.5),
    "long_segments": (10.0, 2.0, 1.0),
    "long": (30.0, 1.0, 0.5),
    "short_segments": (5.0, 0.5, 0.25),
    "with_gaps": (7.5, 0.75, 1.1),
    "shortest": (0.5, 0.128, 0.05),
}


def tune(samples):
    """Two square waves on every half second that fade in steps, over faint noise."""
    state = np.uint32(12345)
    signal = np.zeros(samples, np.float32)

    def draw(state):
        return np.uint32((int(state) * 1664525 + 1013904223) % 2**32)

    for begin in range(0, samples, 8000):
        periods = []
        for lowest, span in ((150, 200), (30, 50)):
            state = draw(state)
            periods.append(lowest + int(state >> 16) % span)
        n = np.arange(min(8000, samples - begin))
        level = np.float32(0.25) * np.float32(0.5) ** (n // 1000)
        for period in periods:
            signal[begin:begin + n.size] += np.where(n % period < period // 2, level, -level)
    for i in range(samples):
        state = draw(state)
        signal[i] += np.float32((int(state >> 20) - 2048) / 2**18)
    return signal


def harmony(segment):
    chroma = librosa.feature.chroma_cqt(y=segment, sr=RATE).astype(float)
    return np.concatenate([chroma.mean(axis=1), chroma.std(axis=1)])


def levels(segment):
    result = []
    for gain in (1.0, 0.125, 2.0**-10, 0.0):
        decibels = librosa.amplitude_to_db(np.abs(segment * np.float32(gain)), ref=1.0, amin=1e-5, top_db=80)
        result += [decibels.astype(float).mean(), decibels.astype(float).std()]
    return result


def classic(y):
    feature = librosa.feature
    mfcc = feature.mfcc(y=y, sr=RATE, n_mfcc=20)
    matrices = [
        feature.chroma_cens(y=y, sr=RATE), feature.tonnetz(y=y, sr=RATE), feature.tempogram(y=y, sr=RATE),
        librosa.onset.onset_strength(y=y, sr=RATE)[None], mfcc, feature.delta(mfcc), feature.delta(mfcc, order=2),
        feature.spectral_centroid(y=y, sr=RATE), feature.spectral_bandwidth(y=y, sr=RATE),
        feature.spectral_contrast(y=y, sr=RATE), feature.spectral_flatness(y=y), feature.spectral_rolloff(y=y, sr=RATE),
        feature.zero_crossing_rate(y), feature.rms(y=y)]
    return np.concatenate([matrix.astype(float).mean(axis=1) for matrix in matrices])


def main():
    beside_this_file = pathlib.Path(__file__).with_name("clips.h5")
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else beside_this_file
    whole = tune(int(RATE * max(seconds for seconds, _, _ in CASES.values())))
    with h5py.File(output, "w", libver=("earliest", "v110")) as golden:
        golden.attrs["reference"] = f"librosa {librosa.__version__}"
        for name, (seconds, segment, hop) in CASES.items():
            y = whole[:round(seconds * RATE)]
            size, step = round(segment * RATE), round(hop * RATE)
            segments = [y[begin:begin + size] for begin in range(0, y.size - size + 1, step)]
            group = golden.create_group(name)
            group.attrs.update(seconds=seconds, segment=segment, hop=hop)
            group["tuning"] = [librosa.estimate_tuning(y=s, sr=RATE, bins_per_octave=36) for s in segments]
            group["harmony"] = np.array([harmony(s) for s in segments])
            group["levels"] = np.array([levels(s) for s in segments])
            group["bpm"] = librosa.feature.tempo(y=y, sr=RATE)
            group["classic"] = classic(y)
        golden["samples"] = whole[::997]


if __name__ == "__main__":
    main()
