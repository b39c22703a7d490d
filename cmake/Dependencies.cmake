# Every library winnow stands on; docs/dependencies.md says why each, and how well it is kept.
find_package(PkgConfig REQUIRED)
foreach(entry IN ITEMS UV:libuv CURL:libcurl JANSSON:jansson YAJL:yajl LMDB:lmdb XXHASH:libxxhash
                       NETTLE:nettle IDN2:libidn2 ARCHIVE:libarchive CBOR:libcbor)
  string(REPLACE ":" ";" pair ${entry})
  list(GET pair 0 name)
  list(GET pair 1 module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
endforeach()
find_library(UNISTRING unistring REQUIRED)
# libcurl is loaded when it is needed (engine/io/http/curl_calls.h): compiled for, not linked.
add_library(curl_headers INTERFACE)
target_include_directories(curl_headers SYSTEM INTERFACE ${CURL_INCLUDE_DIRS})
add_library(archive_headers INTERFACE) # the same: engine/formats/pack/archive_calls.h
target_include_directories(archive_headers SYSTEM INTERFACE ${ARCHIVE_INCLUDE_DIRS})
set(WINNOW_DEPENDENCIES PkgConfig::UV curl_headers archive_headers PkgConfig::JANSSON PkgConfig::YAJL
    PkgConfig::LMDB PkgConfig::XXHASH PkgConfig::NETTLE PkgConfig::IDN2 PkgConfig::CBOR ${UNISTRING} ${CMAKE_DL_LIBS})
