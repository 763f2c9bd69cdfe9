# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DEXPECT_TEXT=... -DEXPECT_CODE=... -P expect_failure.cmake -- COMMAND...
# Passes if the command fails by itself within 30 s, with this text in its output and, if given, this exit code.
set(command "")
set(after_dashes FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(after_dashes)
    list(APPEND command "${CMAKE_ARGV${i}}")
  elseif("${CMAKE_ARGV${i}}" STREQUAL "--")
    set(after_dashes TRUE)
  endif()
endforeach()

execute_process(COMMAND ${command} TIMEOUT 30 RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result MATCHES "^[0-9]+$" OR result EQUAL 0)
  message(FATAL_ERROR "expected a failure, got '${result}':\n${output}")
endif()
if(EXPECT_CODE AND NOT result EQUAL EXPECT_CODE)
  message(FATAL_ERROR "expected exit code ${EXPECT_CODE}, got ${result}:\n${output}")
endif()
if(NOT output MATCHES "${EXPECT_TEXT}")
  message(FATAL_ERROR "expected '${EXPECT_TEXT}' in the output:\n${output}")
endif()
