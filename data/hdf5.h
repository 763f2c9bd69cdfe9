// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/hdf5_reader.h"
#include "data/hdf5_writer.h"
