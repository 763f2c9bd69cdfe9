// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/hdf5_reader.h"
#include "data/files/hdf5_writer.h"
