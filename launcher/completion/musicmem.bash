# SPDX-License-Identifier: GPL-3.0-or-later
# Tab completion of musicmem for bash: commands, options, files. It asks the program itself, once per shell and command.
# Installed with the program; from a build directory: source launcher/completion/musicmem.bash

declare -gA _musicmem_words

# Words that begin the indented lines of a help text: commands, or options.
_musicmem_help_words() {
  local program=$1 command=$2 pattern=$3
  local key="$program $command $pattern"
  if [[ -z "${_musicmem_words[$key]+known}" ]]; then
    _musicmem_words[$key]=$("$program" ${command:+"$command"} --help 2>/dev/null |
      sed -n "/^ \{1,2\}$pattern/p" | grep -oE -- "$([[ $pattern == - ]] && echo '(^|[ ,])-[-a-z]+' || echo '^ {1,2}[a-z][-a-z]+')" |
      tr -d ' ,' | sort -u | tr '\n' ' ')
  fi
  printf '%s' "${_musicmem_words[$key]}"
}

_musicmem_commands() {
  "$1" --help 2>/dev/null | sed -n '/^Subcommands:/,/^$/p' | grep -oE '^ {1,2}[a-z][-a-z]+' | tr -d ' '
}

_musicmem() {
  local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} command='' i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    [[ ${COMP_WORDS[i]} == -* ]] || { command=${COMP_WORDS[i]}; break; }
  done
  COMPREPLY=()
  if [[ -z $command && $word != -* ]]; then
    [[ -n "${_musicmem_words[$program]+known}" ]] || _musicmem_words[$program]=$(_musicmem_commands "$program")
    mapfile -t COMPREPLY < <(compgen -W "${_musicmem_words[$program]}" -- "$word")
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_musicmem_help_words "$program" "$command" -)" -- "$word")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}

complete -F _musicmem musicmem
