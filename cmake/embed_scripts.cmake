# SPDX-License-Identifier: GPL-3.0-or-later
# Writes OUTPUT, a C++ source with the text of every .gp file in FOLDER.
file(GLOB scripts ${FOLDER}/*.gp)
set(code "#include \"launcher/plot/script.h\"\n\n#include <cassert>\n\n")
string(APPEND code "std::string_view musicmem::launcher::script_text(std::string_view name) {\n")
foreach(script ${scripts})
  get_filename_component(name ${script} NAME_WE)
  file(READ ${script} text)
  string(APPEND code "  if (name == \"${name}\") return R\"gp(${text})gp\";\n")
endforeach()
string(APPEND code "  assert(false && \"no such script\");\n  return \"\";\n}\n")
file(WRITE ${OUTPUT} "${code}")
