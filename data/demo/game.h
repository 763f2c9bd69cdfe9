// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/demo/texts.h"

#include <string>

// The logs of the synthetic study's listening game, as a lab would have them: the same answers in both layouts that
// `musicmem scores` reads.
//
// Each of the 240 listeners hears again the clips that they have an answer to, and some others once, which are now and
// then taken for known; short repeats of sounds of their own show who listens. All that they had not heard before and that
// comes again they called new, so that every rule of scoring gives the study's labels. Three games are there to be left
// out: one of somebody who does not listen, one that was broken off, and the second one of a listener.
namespace musicmem::data {

// participant,clip,position,response,is_repeat,is_vigilance,rt,finished
std::string long_log_csv(const DemoStudy& study);

// startTime,updateTime,userEmail,audioOrder,userResponse,responsePosition,experimentFinished,slotOrder,vigilance
std::string audmem_log_csv(const DemoStudy& study);

}  // namespace musicmem::data
