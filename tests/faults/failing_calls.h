/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What failing_calls.c is told by the environment, and what it tells. Only calls on files below one of the
   paths in FAULTS_BELOW (absolute, colons between) count and fail:

   FAULTS_RECORD  file of a FaultRecord, zeros at first; shared by all processes, such as the ranks of mpirun
   FAULTS_KIND    word of the calls that fail, as in fault_words
   FAULTS_AT      which of them fails, counted from 1 over all processes; or
   FAULTS_CHANCE  with what probability each call of any kind fails, one of fault_errors drawn for each
   FAULTS_SEED    of these draws
   FAULTS_ERRNO   with which error */
enum FaultKind { fault_write, fault_read, fault_open, fault_sync, fault_rename, fault_close, fault_kinds };

static const char* const fault_words[fault_kinds] = {"write", "read", "open", "sync", "rename", "close"};

struct FaultRecord {
  unsigned long calls[fault_kinds]; /* that counted */
  unsigned long failed;
  char last[512]; /* the last that failed: its word and the path */
};
