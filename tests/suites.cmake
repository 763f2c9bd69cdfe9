# SPDX-License-Identifier: GPL-3.0-or-later
# Writes ctest's list of the suites of a GoogleTest program: one test a suite, as most of a quick test's time is the
# loading of the program's libraries. Run after the program is linked, with
# -DPROGRAM=... -DNAME=... -DLABEL=... -DTIMEOUT=... -DOUTPUT=...
execute_process(COMMAND ${PROGRAM} --gtest_list_tests OUTPUT_VARIABLE listed RESULT_VARIABLE code ERROR_VARIABLE problem)
if(NOT code EQUAL 0)
  file(REMOVE ${PROGRAM})
  message(FATAL_ERROR "${PROGRAM} does not list its tests: ${problem}")
endif()
string(REGEX MATCHALL "[^\n]+" lines "${listed}")
set(suites "")
foreach(line IN LISTS lines)
  # A suite's line begins at the margin and ends with a point; what stands behind # is the type or the parameter.
  if(line MATCHES "^([^ ]+)\\.( *#.*)?$")
    list(APPEND suites "${CMAKE_MATCH_1}")
  endif()
endforeach()
set(script "")
foreach(suite IN LISTS suites)
  string(APPEND script "add_test([=[${NAME}.${suite}]=] [=[${PROGRAM}]=] [=[--gtest_filter=${suite}.*]=])\n"
    "set_tests_properties([=[${NAME}.${suite}]=] PROPERTIES LABELS [=[${LABEL}]=] TIMEOUT ${TIMEOUT})\n")
endforeach()
file(WRITE ${OUTPUT} "${script}")
