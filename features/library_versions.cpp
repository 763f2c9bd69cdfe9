// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/library_versions.h"

#include <fftw3.h>
#include <hdf5.h>
#include <rubberband/RubberBandStretcher.h>
#include <sndfile.h>
#include <soxr.h>

extern "C" {
#include <libavutil/avutil.h>
}

namespace musicmem::features {

std::map<std::string, std::string> library_versions() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  return {{"ffmpeg", av_version_info()},
          {"fftw", fftwf_version},
          {"hdf5", std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release)},
          {"rubberband", RUBBERBAND_VERSION},
          {"libsndfile", sf_version_string()},
          {"soxr", soxr_version()}};
}

}  // namespace musicmem::features
