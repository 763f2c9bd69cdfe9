#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the program's features of any clips against librosa, torchaudio and rubberband, in values and in time.

    python3 -m venv /tmp/reference
    /tmp/reference/bin/pip install librosa==0.10.2 torch torchaudio h5py soundfile
    apt-get install rubberband-cli
    /tmp/reference/bin/python tests/features/compare_with_librosa.py build/release/bin/musicmem CLIP...

Prints one line per quantity: the worst disagreement over all clips and the ratio of the times, single thread
against single thread in this run. Quote it from a quiet machine. Exit code 1 if a value misses its tolerance.
"""
import itertools
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"
warnings.filterwarnings("ignore")

import h5py  # noqa: E402
import librosa  # noqa: E402
import numpy as np  # noqa: E402
import soundfile  # noqa: E402
import torch  # noqa: E402
import torchaudio.compliance.kaldi as kaldi  # noqa: E402

RATE = 16000
SEGMENTS = [slice(i * RATE // 2, i * RATE // 2 + RATE) for i in range(9)]
TIMED_CLIPS = 1
SHIFTED_CLIPS = 5
ROUNDS = 3  # theirs, ours, theirs, ...
REPEATS = 3


class Report:
    def __init__(self):
        self.failed = False

    def line(self, quantity, text, good):
        self.failed |= not good
        print(f"{'ok  ' if good else 'MISS'}  {quantity}: {text}", flush=True)


def run(*words):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout


def features(program, directory, clips, kind, tuning="0"):
    """Name of the clip -> name of the dataset -> values."""
    output = directory / f"{kind}-{tuning}.h5"
    run(program, "features", *clips, "--set", kind, "--tuning", tuning, "--output", output)
    with h5py.File(output) as file:
        return {clip: {name: dataset[()] for name, dataset in group.items()} for clip, group in file.items()}


def load(path):
    # Clips that are a little short are padded, as the program does.
    return librosa.util.fix_length(librosa.load(path, sr=RATE, duration=5.0)[0], size=5 * RATE)


def tuning_votes(segment):
    """How far the fullest cell of the tuning histogram leads; 0 for a tie."""
    pitches, heights = librosa.piptrack(y=segment, sr=RATE)
    voiced = pitches > 0
    if not voiced.any():
        return 1
    loud = heights[voiced] >= np.median(heights[voiced])
    residual = np.mod(36 * np.log2(pitches[voiced][loud] / 27.5), 1.0)
    residual[residual >= 0.5] -= 1.0
    counts = np.sort(np.histogram(residual, np.linspace(-0.5, 0.5, 101))[0])
    return counts[-1] - counts[-2]


def compare_chroma(report, sounds, fixed, estimated):
    worst, differences, equal, undecided, other = 0.0, [], 0, [], []
    for name, y in sounds.items():
        for i, segment in enumerate(SEGMENTS):
            reference = librosa.feature.chroma_cqt(y=y[segment], sr=RATE, tuning=0.0)
            difference = np.abs(fixed[name]["chroma_cqt"][i] - reference)
            differences.append(difference.ravel())
            own = librosa.estimate_tuning(y=y[segment], sr=RATE, bins_per_octave=36)
            if abs(own - estimated[name]["chroma_tuning"][i]) < 1e-9:
                equal += 1
                reference = librosa.feature.chroma_cqt(y=y[segment], sr=RATE)
                worst = max(worst, np.abs(estimated[name]["chroma_cqt"][i] - reference).max())
            else:
                (undecided if tuning_votes(y[segment]) <= 1 else other).append(f"{name}:{i + 1}")
    values = np.concatenate(differences)
    share = np.mean(values <= 1e-4)
    report.line("chroma_cqt, tuning 0", f"worst {values.max():.2g}, {100 * share:.3f} % within 1e-4 of "
                f"{values.size} values", values.max() <= 1e-3 and share >= 0.999)
    total = equal + len(undecided) + len(other)
    report.line("chroma_cqt, tuning estimated", f"{equal} of {total} segments of equal tuning, worst there "
                f"{worst:.2g}; a tie or one vote decides {undecided}; other {other}", worst <= 1e-3 and not other)


def compare_tempo(report, sounds, ehc):
    reference = {name: librosa.feature.tempo(y=y, sr=RATE)[0] for name, y in sounds.items()}
    wrong = [name for name in sounds if abs(ehc[name]["bpm"] - reference[name]) > 1e-9 * reference[name]]
    report.line("tempo", f"{len(sounds) - len(wrong)} of {len(sounds)} identical {wrong}", not wrong)


def classic_reference(y):
    feature = librosa.feature
    mfcc = feature.mfcc(y=y, sr=RATE, n_mfcc=20)
    return {
        "mfcc": mfcc,
        "mfcc_delta": feature.delta(mfcc),
        "mfcc_delta2": feature.delta(mfcc, order=2),
        "spectral_centroid": feature.spectral_centroid(y=y, sr=RATE),
        "spectral_bandwidth": feature.spectral_bandwidth(y=y, sr=RATE),
        "spectral_contrast": feature.spectral_contrast(y=y, sr=RATE),
        "spectral_flatness": feature.spectral_flatness(y=y),
        "spectral_rolloff": feature.spectral_rolloff(y=y, sr=RATE),
        "zero_crossing_rate": feature.zero_crossing_rate(y),
        "rms": feature.rms(y=y),
        "onset_strength": librosa.onset.onset_strength(y=y, sr=RATE)[None],
        "tempogram": feature.tempogram(y=y, sr=RATE),
        "chroma_cens": feature.chroma_cens(y=y, sr=RATE),
        "tonnetz": feature.tonnetz(y=y, sr=RATE),
    }


def compare_classic(report, sounds, classic):
    references = {name: classic_reference(y) for name, y in sounds.items()}
    for feature in next(iter(references.values())):
        pairs = [(classic[name][feature], references[name][feature]) for name in sounds]
        if feature in ("chroma_cens", "tonnetz"):
            close = np.concatenate([np.abs(ours - theirs).ravel() <= 2e-3 for ours, theirs in pairs])
            report.line(feature, f"{100 * close.mean():.3f} % within 2e-3", close.mean() >= 0.99)
        elif feature == "spectral_rolloff":
            worst = max(np.abs(ours - theirs).max() for ours, theirs in pairs) * 2048 / RATE
            report.line(feature, f"worst {worst:.2g} bins", worst <= 1.0 + 1e-6)
        else:
            worst = max(np.abs(ours - theirs).max() / np.abs(theirs).max() for ours, theirs in pairs)
            report.line(feature, f"worst {worst:.2g} of the largest", worst <= 1e-4)


def compare_percussive(report, sounds, ehc):
    """The drums of the approximate stems are librosa's percussive part."""
    worst = 0.0
    for name, y in sounds.items():
        percussive = librosa.effects.hpss(y)[1]
        for i, segment in enumerate(SEGMENTS):
            decibels = librosa.amplitude_to_db(np.abs(percussive[segment]), ref=1.0, amin=1e-5, top_db=80)
            expected = np.array([decibels.mean(dtype=float), decibels.std(dtype=float)])
            worst = max(worst, np.abs(ehc[name]["ehc"][i, 27:29] - expected).max())
    report.line("hpss, dB statistics", f"worst {worst:.2g} dB", worst <= 0.01)


def log_mel(y):
    waveform = torch.from_numpy(y)[None]
    return kaldi.fbank(waveform - waveform.mean(), htk_compat=True, sample_frequency=RATE, use_energy=False,
                       window_type="hanning", num_mel_bins=128, dither=0.0, frame_shift=10).numpy()


def compare_log_mel(report, sounds, fbank):
    difference = np.concatenate([np.abs(fbank[name]["fbank"] - log_mel(y)).ravel() for name, y in sounds.items()])
    report.line("Kaldi log-mel", f"median {np.median(difference):.2g}, worst {difference.max():.2g}",
                np.median(difference) <= 1e-5 and difference.max() <= 2e-2)


def shifted_by(program, directory, path, semitones):
    output = directory / "ours.wav"
    run(program, "shift", path, "--semitones", semitones, "--output", output)
    return soundfile.read(output, dtype="float32")[0]


def cents_between(before, after, about):
    """The shift that brings the mean spectrum of `before` over that of `after`, sought around `about` semitones."""
    cents = np.arange(-2400, 2400)  # around 600 Hz

    def profile(y, shift):
        spectrum = np.abs(librosa.stft(y, n_fft=8192)).mean(axis=1)
        hertz = 600 * 2 ** ((cents + shift) / 1200)
        values = np.log(np.interp(hertz, np.arange(spectrum.size) * RATE / 8192, spectrum) + 1e-6)
        return values - values.mean()

    fixed = profile(before, 0)
    shifts = 100 * about + np.arange(-30, 31)
    likeness = [np.corrcoef(fixed, profile(after, shift))[0, 1] for shift in shifts]
    return shifts[int(np.argmax(likeness))]


def pitch_ratio(semitones):
    """The fraction with the least denominator within 0.001 cent of the shift, as the program takes it."""
    least, most = (2 ** ((semitones + sign * 1e-5) / 12) for sign in (-1, 1))
    denominator = next(q for q in itertools.count(1) if math.ceil(least * q) <= most * q)
    return repr(math.ceil(least * denominator) / denominator)


def compare_shift(report, program, directory, sounds):
    worst, lengths, deviations = 0.0, set(), []
    source, theirs = directory / "source.wav", directory / "theirs.wav"
    for y in list(sounds.values())[:SHIFTED_CLIPS]:
        soundfile.write(source, y, RATE, subtype="FLOAT")
        for semitones in (-5, -1, 2, 4):
            ours = shifted_by(program, directory, source, semitones)
            run("rubberband", "-q", "-f", pitch_ratio(semitones), source, theirs)
            reference = np.clip(soundfile.read(theirs, dtype="float32")[0], -1, 1 - 2**-15)
            lengths.add(len(ours) - len(y))
            worst = max(worst, np.abs(ours - reference).max())
            deviations.append(cents_between(y, ours, semitones) / 100 - semitones)
    deviation = np.abs(deviations).max()
    report.line("Rubber Band shift", f"length differs by {sorted(lengths)}, shift by {deviation:.2g} semitones, samples "
                f"from the tool's by {worst:.2g} (a step of 16 bits is 3.1e-05)",
                lengths == {0} and deviation <= 0.02 and worst <= 2**-15)


def seconds_of(work):
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def own_seconds(program, paths):
    table = run(program, "bench", "features", "--repeats", 3 * REPEATS, *paths)
    return {line[:30].strip(): float(line[30:43]) for line in table.splitlines()[1:-1]}


def ehc_chain(y):
    librosa.feature.tempo(y=y, sr=RATE)
    for segment in SEGMENTS:
        librosa.feature.chroma_cqt(y=y[segment], sr=RATE)


def compare_speed(report, program, directory, sounds):
    timed = list(sounds.values())[:TIMED_CLIPS]
    source = directory / "source.wav"
    soundfile.write(source, timed[0], RATE, subtype="FLOAT")

    def mean_seconds(work):
        return float(np.mean([seconds_of(lambda: work(y)) for y in timed]))

    def theirs():
        return {
            "EHC chain": mean_seconds(ehc_chain),
            "classic set": mean_seconds(classic_reference),
            "hpss": mean_seconds(librosa.effects.hpss),
            "Kaldi log-mel": mean_seconds(log_mel),
            "Rubber Band shift": seconds_of(
                lambda: run("rubberband", "-q", "-f", pitch_ratio(3), source, directory / "theirs.wav")),
        }

    def ours():
        own = own_seconds(program, [source])
        return {
            "EHC chain": own["spectrum"] + own["ehc: tempo"] + own["ehc: chroma of nine segments"],
            "classic set": own["spectrum"] + own["classic set"],
            "hpss": own["spectrum"] + own["ehc: approximate stems"],  # more than hpss
            "Kaldi log-mel": own["log-mel"],
            "Rubber Band shift": own["pitch shift"],
        }

    target = {"EHC chain": 40, "classic set": 10, "hpss": 10, "Kaldi log-mel": 3, "Rubber Band shift": 1}
    theirs()  # compiles and caches
    rounds = [(theirs(), ours()) for _ in range(ROUNDS)]
    for quantity, least in target.items():
        reference, own = (float(np.median([side[quantity] for side in sides])) for sides in zip(*rounds))
        report.line(f"speed, {quantity}", f"{1e3 * reference:.2f} ms against {1e3 * own:.2f} ms, "
                    f"{reference / own:.1f} times (asked: {least})", reference / own >= least)


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    paths = [pathlib.Path(path) for path in sys.argv[2:]]
    sounds = {path.stem: load(path) for path in paths}
    report = Report()
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        fixed = features(program, directory, paths, "ehc")
        compare_chroma(report, sounds, fixed, features(program, directory, paths, "ehc", "estimate"))
        compare_tempo(report, sounds, fixed)
        compare_classic(report, sounds, features(program, directory, paths, "classic", "estimate"))
        compare_percussive(report, sounds, fixed)
        compare_log_mel(report, sounds, features(program, directory, paths, "fbank"))
        compare_shift(report, program, directory, sounds)
        compare_speed(report, program, directory, sounds)
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
