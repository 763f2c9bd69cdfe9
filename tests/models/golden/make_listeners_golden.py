# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs of a simulated listening game, and what they say, read by pandas and SciPy: the folder listening beside this file.

    python3 make_listeners_golden.py [SEED [FOLDER]]     (numpy, pandas, scipy; seed 5 by default)

Another seed writes other logs, to hold the program against them: give a folder of their own, and name it to the tests in
MUSICMEM_LISTENING_GOLDEN. Listeners of known ability answer to clips of known memorability. Some play twice, break off, do
not listen, or give no answer.
"""
import csv
import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr

here = Path(__file__).resolve().parent
seed = int(sys.argv[1]) if len(sys.argv) > 1 else 5
folder = Path(sys.argv[2]) if len(sys.argv) > 2 else here / "listening"
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(seed)
splits, split_seed, min_vigilance = 50, 9, 0.65


def chance(logit):
    return int(rng.random() < 1.0 / (1.0 + np.exp(-logit)))


class Mt19937_64:
    """The engine of C++'s std::mt19937_64, and the rules that the program draws by."""

    def __init__(self, seed):
        mask = (1 << 64) - 1
        self.state = [seed & mask]
        for i in range(1, 312):
            last = self.state[-1]
            self.state.append((6364136223846793005 * (last ^ (last >> 62)) + i) & mask)
        self.at = 312

    def bits(self):
        if self.at == 312:
            for i in range(312):
                x = (self.state[i] & 0xFFFFFFFF80000000) | (self.state[(i + 1) % 312] & 0x7FFFFFFF)
                self.state[i] = self.state[(i + 156) % 312] ^ (x >> 1) ^ (0xB5026F5AA96619E9 if x & 1 else 0)
            self.at = 0
        x = self.state[self.at]
        self.at += 1
        x ^= (x >> 29) & 0x5555555555555555
        x ^= (x << 17) & 0x71D67FFFEDA60000
        x ^= (x << 37) & 0xFFF7EEE000000000
        return x ^ (x >> 43)

    def below(self, bound):
        limit = ((1 << 64) - 1) // bound * bound
        while (number := self.bits()) >= limit:
            pass
        return number % bound

    def shuffle(self, values):
        for last in range(len(values), 1, -1):
            other = self.below(last)
            values[last - 1], values[other] = values[other], values[last - 1]


def measures(hits, misses, false_alarms, correct_rejections):
    n, firsts = hits + misses, false_alarms + correct_rejections
    rate = hits / n
    z = norm.ppf(0.975)
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    alarm = false_alarms / firsts if firsts else np.nan
    dprime = norm.ppf((hits + 0.5) / (n + 1)) - norm.ppf((false_alarms + 0.5) / (firsts + 1)) if firsts else np.nan
    return {"score": rate, "n": n, "hits": hits, "misses": misses, "false_alarms": false_alarms,
            "correct_rejections": correct_rejections, "hit_rate": rate, "false_alarm_rate": alarm,
            "corrected": rate - alarm, "dprime": dprime, "low": max(0, middle - reach), "high": min(1, middle + reach)}


def write_results(name, games, clips):
    """games: used ones, each a frame of clip, response (1, 0 or NaN), is_repeat, lag; already filtered."""
    rows = pd.concat(games, keys=range(len(games)), names=["listener", "row"]).reset_index()
    rows = rows[rows.response.notna()]
    labels = []
    for clip in clips:
        of_clip = rows[rows["clip"] == clip]
        repeats, firsts = of_clip[of_clip.is_repeat == 1], of_clip[of_clip.is_repeat == 0]
        if len(repeats) == 0:
            continue
        hits, alarms = int(repeats.response.sum()), int(firsts.response.sum())
        labels.append({"track": clip, **measures(hits, len(repeats) - hits, alarms, len(firsts) - alarms)})
    pd.DataFrame(labels).to_csv(folder / f"{name}_labels.csv", index=False)
    repeats = rows[rows.is_repeat == 1]
    by_lag = repeats.groupby("lag").response.agg(n="count", hits="sum", hit_rate="mean").reset_index()
    by_lag.rename(columns={"lag": "interval"}).astype({"interval": int, "hits": int}).to_csv(
        folder / f"{name}_intervals.csv", index=False)
    random, order, correlations = Mt19937_64(split_seed), list(range(len(games))), []
    for _ in range(splits):
        random.shuffle(order)
        half = order[: len(order) // 2]
        in_half = repeats.listener.isin(half)
        rates = pd.concat([repeats[in_half].groupby("clip").response.mean(),
                           repeats[~in_half].groupby("clip").response.mean()], axis=1, join="inner")
        correlation = spearmanr(rates.iloc[:, 0], rates.iloc[:, 1]).statistic
        if np.isfinite(correlation):
            correlations.append(correlation)
    correlations = pd.Series(correlations)
    brown = 2 * correlations.mean() / (1 + correlations.mean())
    (folder / f"{name}_reliability.csv").write_text(
        "split_half_mean,split_half_sd,splits,spearman_brown,ceiling\n"
        f"{float(correlations.mean())!r},{float(correlations.std())!r},{len(correlations)},{float(brown)!r},{float(np.sqrt(brown))!r}\n")


def long_log():
    memory = dict(zip([f"clip {i:02}.wav" for i in range(1, 15)], rng.normal(0.6, 1.2, 14)))
    checks = [f"check {i}.wav" for i in range(1, 5)]
    rows = []
    for number in range(1, 37):
        ability = rng.normal(0, 0.5)
        listens = number % 11 != 4
        for game in range(2 if number % 9 == 0 else 1):
            targets = list(rng.permutation(list(memory))[:10])
            others = [clip for clip in memory if clip not in targets]
            sounds = list(rng.permutation(np.repeat(targets, 2))) + others
            for check in checks:
                at = rng.integers(0, len(sounds))
                sounds[at:at] = [check]
                sounds.insert(min(len(sounds), at + 3), check)
            if number % 13 == 5 and game == 0:
                sounds = sounds[: len(sounds) // 2]
            heard = set()
            for position, sound in enumerate(sounds, 1):
                repeat = sound in heard
                heard.add(sound)
                if sound in checks:
                    response = chance((2.5 if listens else -1.5) if repeat else -3)
                else:
                    response = chance(memory[sound] + ability if repeat else -1.2)
                if rng.random() < 0.02:
                    response = "n/a"
                rows.append([f"person{number}@example.org", sound, position, response, int(repeat),
                             int(sound in checks), f"{rng.gamma(2, 0.6):.3f}"])
    header = ["participant", "clip", "position", "response", "is_repeat", "is_vigilance", "rt"]
    log = pd.DataFrame(rows, columns=header)
    log.to_csv(folder / "long.csv", index=False)
    bids = log.rename(columns={"participant": "subject", "clip": "stimulus"})
    bids.to_csv(folder / "sub-all_beh.tsv", sep="\t", index=False, lineterminator="\r\n")
    return log


def read_long(log, first_new, name):
    log = log.copy()
    log["response"] = pd.to_numeric(log.response, errors="coerce")
    log["game"] = log.groupby("participant").position.transform(lambda p: (p == 1).cumsum())
    games = [frame for _, frame in log.groupby(["participant", "game"], sort=False)]
    whole = pd.Series([len(game) for game in games]).mode()[0]
    used, taken, counts = [], set(), {"incomplete": 0, "vigilance": 0, "later_games": 0}
    for game in games:
        who = game.participant.iloc[0]
        first = game.groupby("clip").response.transform(lambda answers: answers.iloc[0])
        counted = game.response.notna()
        if first_new:
            counted &= (game.is_repeat == 0) | (first == 0)
        game = game.assign(lag=game.groupby("clip").position.diff())
        watch = game[counted & (game.is_vigilance == 1) & (game.is_repeat == 1)]
        if who in taken:
            counts["later_games"] += 1
        elif len(game) < whole:
            counts["incomplete"] += 1
        elif len(watch) and watch.response.mean() < min_vigilance:
            counts["vigilance"] += 1
        else:
            taken.add(who)
            used.append(game[counted & (game.is_vigilance == 0)])
    write_results(name, used, log["clip"].drop_duplicates())
    (folder / f"{name}_filters.csv").write_text("filter,left_out\n" + "".join(f"{k},{v}\n" for k, v in counts.items()))


def published():
    source = (here.parents[2] / "data/game/published_game.cpp").read_text()
    ids = "".join(re.findall(r'^ +"([\w-]+)"', source, re.M))
    slots = [int(n) for n in re.search(r"slots = \{(.*?)\}", source, re.S)[1].split(",")]
    watched = [int(n) for n in re.search(r"vigilance = \{(.*?)\}", source, re.S)[1].split(",")]
    return [f"normalize_5s_intro_{ids[i:i + 11]}.wav" for i in range(0, len(ids), 11)], slots, set(watched)


def audmem_log():
    tracks, slots, watched = published()
    memory = rng.normal(0.6, 1.0, len(tracks))
    rows = []
    for number in range(1, 15):
        ability, listens = rng.normal(0, 0.4), number != 6
        who = f"person{min(number, 12)}@example.org"  # the last two are the twelfth again
        order = [int(n) for n in rng.permutation(len(tracks))]
        heard, answers = set(), []
        for place in slots:
            clip = order[place]
            repeat = clip in heard
            heard.add(clip)
            if rng.random() < 0.03:
                answers.append(int(rng.choice([-1, -2])))
            elif place in watched:
                answers.append(chance((2.5 if listens else -2) if repeat else -3))
            else:
                answers.append(chance(memory[clip] + ability if repeat else -1.5))
        finished = number != 3
        if not finished:
            answers = answers[:150]
        empty = number == 8
        rows.append([f"3/{number}/2022, 14:00:00", "" if empty else f"3/{number}/2022, 15:20:00", who,
                     ",".join(map(str, order)), ",".join(map(str, answers)), ",".join(["2.5"] * len(answers)),
                     int(finished)])
    header = ["startTime", "updateTime", "userEmail", "audioOrder", "userResponse", "responsePosition",
              "experimentFinished"]
    with open(folder / "audmem.csv", "w", newline="") as file:
        csv.writer(file).writerows([header] + rows)
    return pd.read_csv(folder / "audmem.csv")


def read_audmem(log):
    """As the study of YTMM was scored: whole games, of listeners who are vigilant, rows without a gap, the first of each."""
    tracks, slots, watched = published()
    first = {place: slots.index(place) for place in slots}
    last = {place: len(slots) - 1 - slots[::-1].index(place) for place in slots}
    games = []
    for row in log.itertuples():
        order = [int(n) for n in row.audioOrder.split(",")]
        answers = [int(n) for n in row.userResponse.split(",")]
        frame, watch = [], []
        for slot, answer in enumerate(answers):
            place = slots[slot]
            repeat = slot == last[place] and last[place] != first[place]
            at_first = answers[first[place]]
            if place in watched:
                if repeat and at_first == 0 and answer in (0, 1):
                    watch.append(answer)
            elif answer in (0, 1) and (not repeat or at_first == 0):
                frame.append([tracks[order[place]], answer, int(repeat), slot - first[place]])
        vigilance = np.mean(watch) if watch else 0.0
        if row.experimentFinished == 1 and vigilance >= min_vigilance and not pd.isna(row.updateTime):
            games.append((row.userEmail, pd.DataFrame(frame, columns=["clip", "response", "is_repeat", "lag"])))
    used, taken = [], set()
    for who, game in games:
        if who not in taken:
            used.append(game)
        taken.add(who)
    write_results("audmem", used, tracks)


log = long_log()
read_long(log, False, "long")
read_long(log, True, "long_first_new")
read_audmem(audmem_log())
(folder / "settings.csv").write_text(f"splits,seed,min_vigilance\n{splits},{split_seed},{min_vigilance}\n")
