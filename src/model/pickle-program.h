/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/pickle-machine.h"

/* Runs the machine's program to its end. The value that it leaves, owned by the machine, or NULL.
 */
SewPickleValue *sew_pickle_program_run (SewPickleMachine *machine);
