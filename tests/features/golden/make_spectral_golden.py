#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes spectral.h5: two short synthetic clips and what librosa 0.10.2 and torchaudio compute from them.

Usage: make_spectral_golden.py [OUTPUT]      (needs librosa 0.10.2, torchaudio, h5py)
Clips are kept as 16-bit samples at 16 kHz; references are computed from these, scaled by 1/32768. Long
results are thinned: every `step`-th frame or sample, the step being an attribute of the dataset.
`onsets/strength` and `onsets/bpm` are onset strengths of 16 rhythms of 5 s and librosa's tempo of each.
"""
import pathlib
import sys

import h5py
import librosa
import numpy as np
import torch
import torchaudio.compliance.kaldi as kaldi

RATE = 16000
SAMPLES = 15000


def song(seed, samples, bpm):
    """Swelling partials, a noise burst on every beat and a noise floor."""
    rng = np.random.default_rng(seed)
    time = np.arange(samples) / RATE
    signal = 0.003 * rng.standard_normal(samples)
    for _ in range(6):
        pitch, swell = rng.uniform(60, 3000), rng.uniform(0.2, 6)
        level = rng.uniform(0.02, 0.2) * (1 + 0.5 * np.sin(2 * np.pi * swell * time))
        signal += level * np.sin(2 * np.pi * pitch * time + rng.uniform(0, 2 * np.pi))
    for beat in np.arange(0.1, samples / RATE, 60 / bpm):
        begin = int(beat * RATE)
        length = min(2000, samples - begin)
        burst = rng.normal(0, rng.uniform(0.2, 0.4), length)
        signal[begin:begin + length] += burst * np.exp(-np.arange(length) / 300)
    return np.round(signal / np.abs(signal).max() * 0.8 * 32767).astype(np.int16)


def as_float(samples):
    return samples.astype(np.float32) / 32768


def log_mel(signal):
    waveform = torch.from_numpy(signal)[None]
    return kaldi.fbank(waveform - waveform.mean(), htk_compat=True, sample_frequency=RATE, use_energy=False,
                       window_type="hanning", num_mel_bins=128, dither=0.0, frame_shift=10).numpy()


def levels(signal):
    """Mean and standard deviation in dB of the signal at four gains, as of four sources."""
    result = []
    for gain in (1.0, 0.1, 0.001, 0.0):
        scaled = signal * np.float32(gain)
        decibels = librosa.amplitude_to_db(np.abs(scaled), ref=1.0, amin=1e-5, top_db=80).astype(np.float64)
        result += [decibels.mean(), decibels.std()]
    return np.array(result)


def classic(signal):
    feature = librosa.feature
    mfcc = feature.mfcc(y=signal, sr=RATE, n_mfcc=20)
    return {
        "tempogram": feature.tempogram(y=signal, sr=RATE),
        "onset_strength": librosa.onset.onset_strength(y=signal, sr=RATE)[None],
        "mfcc": mfcc,
        "mfcc_delta": feature.delta(mfcc),
        "mfcc_delta2": feature.delta(mfcc, order=2),
        "spectral_centroid": feature.spectral_centroid(y=signal, sr=RATE),
        "spectral_bandwidth": feature.spectral_bandwidth(y=signal, sr=RATE),
        "spectral_contrast": feature.spectral_contrast(y=signal, sr=RATE),
        "spectral_flatness": feature.spectral_flatness(y=signal),
        "spectral_rolloff": feature.spectral_rolloff(y=signal, sr=RATE),
        "zero_crossing_rate": feature.zero_crossing_rate(signal),
        "rms": feature.rms(y=signal),
    }


def write(group, name, values, step=1):
    dataset = group.create_dataset(name, data=values, compression="gzip", compression_opts=9, shuffle=True,
                                   track_times=False)
    dataset.attrs["step"] = float(step)


def write_clip(group, samples):
    signal = as_float(samples)
    write(group, "samples", samples)
    for name, matrix in classic(signal).items():
        step = 7 if name == "tempogram" else 1
        write(group, "classic/" + name, matrix[:, ::step].astype(np.float32), step)
    harmonic, percussive = librosa.effects.hpss(signal)
    write(group, "harmonic", harmonic[::11], 11)
    write(group, "percussive", percussive[::11], 11)
    write(group, "fbank", log_mel(signal)[::5], 5)
    write(group, "levels", levels(signal))


def write_rhythms(group):
    strengths, tempi = [], []
    for seed in range(16):
        signal = as_float(song(seed, 5 * RATE, 60 + 9 * seed))
        strength = librosa.onset.onset_strength(y=signal, sr=RATE)
        strengths.append(strength.astype(np.float32))
        tempi.append(librosa.feature.tempo(onset_envelope=strengths[-1], sr=RATE)[0])
    write(group, "strength", np.stack(strengths))
    write(group, "bpm", np.array(tempi))


def main():
    beside_this_file = pathlib.Path(__file__).with_name("spectral.h5")
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else beside_this_file
    with h5py.File(output, "w", libver=("earliest", "v110")) as golden:
        write_clip(golden.create_group("fast"), song(100, SAMPLES, 190))
        write_clip(golden.create_group("slow"), song(101, SAMPLES, 75))
        write_rhythms(golden.create_group("onsets"))


if __name__ == "__main__":
    main()
