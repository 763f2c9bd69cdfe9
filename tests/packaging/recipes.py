#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the recipes of packaging/ against cmake/dependencies.cmake: recipes.py SOURCE. Each dependency of a recipe has behind
it, as a comment, the names that CMake looks for it by; every library that CMake requires has to be in every recipe, and
nothing that CMake no longer looks for. Says what differs, and exits with 1 then."""

import ast
import pathlib
import re
import sys

import yaml

# Parts of the compiler, and of CMake.
OF_THE_COMPILER = {"Threads", "OpenMP"}
# What is looked for with MUSICMEM_CUDA alone: conda's recipe is for CPUs.
CUDA = {"CUDAToolkit", "NCCL"}


def required_by_cmake(text):
    """The names of all find_package, pkg_check_modules and find_library calls."""
    text = re.sub(r"#.*", "", text)
    calls = re.findall(r"\b(?:find_package|pkg_check_modules)\(\s*([\w-]+)", text)
    return set(calls) | {name.removesuffix("_LIBRARY") for name in re.findall(r"\bfind_library\(\s*(\w+)", text)}


def named_in_comments(text, dependency):
    """The CMake names behind lines that hold a dependency."""
    names = set()
    for line in text.splitlines():
        matched = re.match(dependency + r"[^#]*#(.*)", line)
        names |= set(matched.group(1).split()) if matched else set()
    return names


def problems_of_spack(text):
    tree = ast.parse(text)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if [node.name for node in classes] != ["Musicmem"]:
        yield "has no class Musicmem, which Spack looks for in the folder musicmem"
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "depends_on":
            if not (call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)):
                yield f"line {call.lineno}: depends_on without a name"


def problems_of_conda(text):
    recipe = yaml.safe_load(text)
    if set(recipe) != {"name", "channels", "dependencies"} or recipe["channels"] != ["conda-forge"]:
        yield "is not an environment with a name, conda-forge as its channel, and dependencies"
    for word in recipe.get("dependencies", []):
        if not isinstance(word, str) or not re.fullmatch(r"[a-z0-9_-]+((>=|<|=)[\w.*,<>=]+)?", word):
            yield f"'{word}' is not the name of a package with its versions"


def problems_of_apptainer(text, source):
    """Every folder that CMake builds from is in the image, every file that is put there is in the sources."""
    files = re.findall(r"^    (\S+) /source/(\S+)$", text, re.MULTILINE)
    yield from (f"{file} is not in the sources" for file, _ in files if not (source / file).exists())
    yield from (f"{file} comes to another place, {place}" for file, place in files if file != place)
    built = set(re.findall(r"^add_subdirectory\((\w+)\)", (source / "CMakeLists.txt").read_text(), re.MULTILINE))
    needed = built | {"CMakeLists.txt", "CMakePresets.json", "cmake", "packaging", "script", "slurm", "docs"}
    yield from (f"{name} is left out" for name in sorted(needed - {file for file, _ in files}))
    if "/source/packaging/make_bundle /opt/musicmem" not in text:
        yield "does not begin with packaging/make_bundle, as Containerfile does"


def differences(required, named):
    yield from (f"{name} of cmake/dependencies.cmake is missing" for name in sorted(required - named))
    yield from (f"{name} is not looked for by cmake/dependencies.cmake" for name in sorted(named - required))


def main():
    source = pathlib.Path(sys.argv[1])
    required = required_by_cmake((source / "cmake/dependencies.cmake").read_text()) - OF_THE_COMPILER
    spack = (source / "packaging/spack/package.py").read_text()
    conda = (source / "packaging/environment.yml").read_text()
    found = {
        "packaging/spack/package.py": [
            *problems_of_spack(spack), *differences(required, named_in_comments(spack, r"\s+depends_on\("))],
        "packaging/environment.yml": [
            *problems_of_conda(conda), *differences(required - CUDA, named_in_comments(conda, r"\s+- "))],
    }
    apptainer = (source / "packaging/musicmem.def").read_text()
    found["packaging/musicmem.def"] = list(problems_of_apptainer(apptainer, source))
    for file, problems in found.items():
        for problem in problems:
            print(f"{file}: {problem}", file=sys.stderr)
    sys.exit(any(found.values()))


main()
