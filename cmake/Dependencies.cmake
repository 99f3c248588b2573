# Everything comes from Debian 12 packages, but for Google's API protos, which `./dev` unpacks from
# a pinned npm package into build/npm (see docs/decisions/0009-googleapis-from-npm.md).
set(CMAKE_THREAD_PREFER_PTHREAD ON)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Protobuf REQUIRED)  # CMake's own module: Debian ships no config.
find_package(absl CONFIG REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(benchmark CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(CURL REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(PkgConfig REQUIRED)
pkg_check_modules(argon2 REQUIRED IMPORTED_TARGET libargon2)

find_library(SOCI_CORE_LIBRARY soci_core REQUIRED)
find_library(SOCI_SQLITE3_LIBRARY soci_sqlite3 REQUIRED)
find_library(SQLITE3_LIBRARY sqlite3 REQUIRED)
add_library(soci INTERFACE)
target_link_libraries(soci INTERFACE ${SOCI_SQLITE3_LIBRARY} ${SOCI_CORE_LIBRARY}
                                     ${SQLITE3_LIBRARY})
# soci-sqlite3.h includes plain <sqlite3.h> wrapped in a namespace and lives in soci/sqlite3.
target_include_directories(soci SYSTEM INTERFACE /usr/include/soci/sqlite3)

find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)

find_library(PHONENUMBER_LIBRARY phonenumber REQUIRED)
add_library(phonenumber INTERFACE)
target_link_libraries(phonenumber INTERFACE ${PHONENUMBER_LIBRARY})

set(GOOGLEAPIS_DIR ${CMAKE_SOURCE_DIR}/build/npm/google-gax/build/protos
    CACHE PATH "Folder that holds google/api/annotations.proto")
if(NOT EXISTS ${GOOGLEAPIS_DIR}/google/api/annotations.proto)
  message(FATAL_ERROR "Google's API protos are missing: run './dev deps' first.")
endif()
