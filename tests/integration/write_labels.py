#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a labels file as spreadsheets and other systems write it, with Python's own csv, codecs and unicodedata.

Usage: write_labels.py FORM LABELS OUTPUT [FOLDER]
FOLDER: of the clips, for forms that rename them: composed, decomposed, long.
"""
import csv
import os
import sys
import unicodedata
from decimal import Decimal

form, source, target = sys.argv[1:4]
folder = sys.argv[4] if len(sys.argv) > 4 else None
with open(source, newline='', encoding='utf-8') as file:
    rows = list(csv.reader(file))[1:]


def write(encoding='utf-8', header=('track', 'score'), **dialect):
    with open(target, 'w', newline='', encoding=encoding) as out:
        csv.writer(out, **dialect).writerows([header, *rows])


def rename(name_of, of_file=lambda name: name):
    """Calls the clips by other names, in the labels and in the folder."""
    for index, row in enumerate(rows):
        name = name_of(index)
        os.rename(os.path.join(folder, row[0]), os.path.join(folder, of_file(name)))
        row[0] = name


def foreign(index):
    return unicodedata.normalize('NFC', f'{index:02d} – Beyoncé, Björk & ぎんが 한국.wav')


def decomposed(name):
    other = unicodedata.normalize('NFD', name)
    assert other != name
    with open(os.path.join(folder, '._' + other), 'wb') as companion:  # as macOS' AppleDouble
        companion.write(bytes.fromhex('00051607000200004d6163204f532058') + bytes(4080))
    return other


def long_name(index):
    character = 'あxي'[index % 3]
    free = 255 - len('00.wav')
    return f'{index:02d}' + character * (free // len(character.encode())) + '.wav'


if form == 'semicolons':
    rows = [[track, score.replace('.', ',')] for track, score in rows]
    write(delimiter=';', lineterminator='\r\n')
elif form == 'tabs_utf16':
    write(encoding='utf-16', delimiter='\t', lineterminator='\r\n')
elif form == 'old_mac':
    write(lineterminator='\r', header=('Track', ' SCORE '))
elif form == 'percent':
    rows = [[track, f'{Decimal(score) * 100} %'] for track, score in rows]
    write(lineterminator='\n')
elif form == 'empty_rows':
    rows += [['', '', '']] * 3
    write(lineterminator='\n')
elif form == 'composed':
    rename(foreign)
    write(lineterminator='\n')
elif form == 'decomposed':
    rename(foreign, decomposed)
    write(lineterminator='\n')
elif form == 'long':
    rename(long_name)
    assert all(250 <= len(row[0].encode()) <= 255 for row in rows)
    write(lineterminator='\n')
elif form == 'without_extension':
    rows = [[os.path.splitext(track)[0], score] for track, score in rows]
    write(lineterminator='\n')
elif form == 'with_folder':
    rows = [['clips/' + track, score] for track, score in rows]
    write(lineterminator='\n')
elif form == 'stimuli':
    rename(lambda index: f'stimulus_{index:03d}_normalized.wav')
    write(lineterminator='\n')
else:
    sys.exit(f'write_labels.py: unknown form {form}')
