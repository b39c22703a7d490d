# One set of warnings for all of our C, as errors, on gcc and clang.
# -ffp-contract=off: a score must be the same double on every machine, so that a plan's digest is.
add_library(winnow_warnings INTERFACE)
target_compile_features(winnow_warnings INTERFACE c_std_17)
target_compile_definitions(winnow_warnings INTERFACE _GNU_SOURCE)
target_compile_options(winnow_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wstrict-prototypes
    -Wmissing-prototypes -Wold-style-definition -Wvla -Wundef -Wcast-qual -Wpointer-arith
    -Wwrite-strings -Wformat=2 -Wswitch-enum -Wnull-dereference -fno-common -ffp-contract=off
    -fstack-protector-strong)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
