# Compiler settings and the few functions that the project's CMakeLists files use.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

set(REGULARS_SANITIZE "" CACHE STRING "Sanitizers to build with: 'address,undefined' or 'thread'")
option(REGULARS_FUZZ "Build the fuzz targets (needs clang)" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Sloppiness lets ccache serve precompiled headers; the base folder lets a second clone share.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${CCACHE_PROGRAM})
endif()

add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees uninitialised strings in std::optional and std::variant where there are none
  # (GCC bug 105562 and its kin).
  add_compile_options(-fpch-preprocess -Wno-maybe-uninitialized)
else()
  # clang 14 knows Boost 1.74's coroutines only under their draft names.
  add_compile_options(-fcoroutines-ts -Wno-unused-command-line-argument)
  add_compile_definitions(BOOST_ASIO_HAS_CO_AWAIT=1 BOOST_ASIO_HAS_STD_COROUTINE=1)
endif()
if(REGULARS_SANITIZE)
  add_compile_options(-fsanitize=${REGULARS_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${REGULARS_SANITIZE})
endif()
if(REGULARS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # libFuzzer steers by the coverage of all code.
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()
include_directories(${CMAKE_SOURCE_DIR})

# Three precompiled headers, each compiled once: gRPC's alone costs seconds per file.
function(_regulars_pch name)
  cmake_parse_arguments(ARG "" "" "HEADERS;DEPS" ${ARGN})
  file(WRITE ${CMAKE_BINARY_DIR}/pch/${name}.cc.in "// Holds the precompiled header '${name}'.\n")
  configure_file(${CMAKE_BINARY_DIR}/pch/${name}.cc.in ${CMAKE_BINARY_DIR}/pch/${name}.cc COPYONLY)
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/pch/${name}.cc)
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
endfunction()
set(_std_headers <algorithm> <cstdint> <functional> <memory> <optional> <string> <utility> <vector>
    <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/time/time.h>)
_regulars_pch(pch_plain HEADERS ${_std_headers} DEPS absl::statusor absl::strings absl::time)
_regulars_pch(pch_test HEADERS ${_std_headers} <gmock/gmock.h> <gtest/gtest.h>
              DEPS GTest::gmock absl::statusor absl::strings absl::time)
_regulars_pch(pch_grpc HEADERS ${_std_headers} <grpcpp/grpcpp.h> <google/protobuf/message.h>
              DEPS gRPC::grpc++ protobuf::libprotobuf absl::statusor absl::strings absl::time)

# regulars_library(NAME [GRPC] SOURCES … DEPS …): a static library. GRPC marks one that may see gRPC
# and protobuf types; others are compiled without, so that a layer cannot use them by accident.
function(regulars_library name)
  cmake_parse_arguments(ARG "GRPC" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
  if(ARG_GRPC)
    target_precompile_headers(${name} REUSE_FROM pch_grpc)
    target_link_libraries(${name} PUBLIC gRPC::grpc++ protobuf::libprotobuf)
  else()
    target_precompile_headers(${name} REUSE_FROM pch_plain)
  endif()
  target_link_libraries(${name} PUBLIC absl::status absl::statusor absl::strings absl::time)
endfunction()

# Links jemalloc first, so that it serves malloc: see docs/decisions/0022-jemalloc.md. Sanitizers
# bring an allocator of their own.
function(regulars_allocator name)
  if(NOT REGULARS_SANITIZE AND NOT REGULARS_FUZZ)
    target_link_libraries(${name} PRIVATE ${JEMALLOC_LIBRARY})
  endif()
endfunction()

# regulars_binary(NAME SOURCES … DEPS …): a program in build/<preset>/bin.
function(regulars_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  regulars_allocator(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
endfunction()

# regulars_test(NAME [GRPC] SOURCES … DEPS … [LABELS slow|tsan]): a GoogleTest binary, one ctest test a
# case. 'slow' ones run only in `./dev test --full`; 'tsan' ones run under ThreadSanitizer there.
add_custom_target(tsan_tests)
function(regulars_test name)
  cmake_parse_arguments(ARG "GRPC" "" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  if(ARG_GRPC)
    target_precompile_headers(${name} REUSE_FROM pch_grpc)
    target_link_libraries(${name} PRIVATE gRPC::grpc++ protobuf::libprotobuf)
  else()
    target_precompile_headers(${name} REUSE_FROM pch_test)
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  include(GoogleTest)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT 300 LABELS "${ARG_LABELS}")
  if("tsan" IN_LIST ARG_LABELS)
    add_dependencies(tsan_tests ${name})
  endif()
endfunction()

# regulars_test_protos(NAME FOLDER PROTO…): generated code of protos that only tests and benchmarks
# use; paths are relative to FOLDER.
function(regulars_test_protos name folder)
  set(generated ${CMAKE_BINARY_DIR}/test_protos)
  file(MAKE_DIRECTORY ${generated})
  set(sources)
  foreach(proto ${ARGN})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(outputs ${generated}/${stem}.pb.cc ${generated}/${stem}.grpc.pb.cc)
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND protobuf::protoc -I /usr/include -I ${CMAKE_SOURCE_DIR}/protos -I ${GOOGLEAPIS_DIR}
              -I ${folder} --cpp_out=${generated} --grpc_out=${generated}
              --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin> ${proto}
      DEPENDS ${folder}/${proto}
      COMMENT "protoc ${proto}")
    list(APPEND sources ${outputs})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} SYSTEM PUBLIC ${generated})
  target_compile_options(${name} PRIVATE -w)
  target_precompile_headers(${name} REUSE_FROM pch_grpc)
  target_link_libraries(${name} PUBLIC protos)
endfunction()

# regulars_fuzz(NAME SOURCE DEPS …): a libFuzzer target; its corpus is the folder NAME_corpus beside
# the source. Without REGULARS_FUZZ nothing is built.
function(regulars_fuzz name source)
  if(REGULARS_FUZZ)
    add_executable(${name} ${source})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(${name} PRIVATE ${ARGN})
  endif()
endfunction()

# regulars_embed(TARGET SYMBOL FILE): compiles FILE into TARGET. Declare it in C++ as
#   extern "C" const char SYMBOL[]; extern "C" const char SYMBOL_end[];
function(regulars_embed target symbol file)
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/embed/${target}_${symbol}.S)
  file(CONFIGURE OUTPUT ${assembly} CONTENT
"    .section .rodata
    .global ${symbol}
    .global ${symbol}_end
${symbol}:
    .incbin \"${file}\"
${symbol}_end:
    .byte 0
    .section .note.GNU-stack,\"\",%progbits
" @ONLY)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${assembly})
endfunction()
