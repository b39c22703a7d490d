# Every library winnow stands on; docs/dependencies.md says why each, and how well it is kept.
find_package(PkgConfig REQUIRED)
foreach(entry IN ITEMS UV:libuv CURL:libcurl JANSSON:jansson LMDB:lmdb XXHASH:libxxhash
                       NETTLE:nettle IDN2:libidn2 ARCHIVE:libarchive CBOR:libcbor)
  string(REPLACE ":" ";" pair ${entry})
  list(GET pair 0 name)
  list(GET pair 1 module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
endforeach()
find_library(UNISTRING unistring REQUIRED)
set(WINNOW_DEPENDENCIES PkgConfig::UV PkgConfig::CURL PkgConfig::ARCHIVE PkgConfig::JANSSON
    PkgConfig::LMDB PkgConfig::XXHASH PkgConfig::NETTLE PkgConfig::IDN2 PkgConfig::CBOR ${UNISTRING})
