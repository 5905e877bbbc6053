# `cmake --install`: the headers, the licence, and what find_package(wide) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The language and the work become one folder; no file of one shadows a file of the other.
install(DIRECTORY dsl/ include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

set(wide_package_folder "${CMAKE_INSTALL_DATADIR}/cmake/wide")
configure_package_config_file(cmake/wide-config.cmake.in "${PROJECT_BINARY_DIR}/wide-config.cmake"
                              INSTALL_DESTINATION "${wide_package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/wide-config-version.cmake" COMPATIBILITY SameMajorVersion
                                 ARCH_INDEPENDENT)
install(TARGETS wide_dsl wide_wide EXPORT wide INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT wide NAMESPACE wide:: FILE wide-targets.cmake DESTINATION "${wide_package_folder}")
install(FILES "${PROJECT_BINARY_DIR}/wide-config.cmake" "${PROJECT_BINARY_DIR}/wide-config-version.cmake"
              cmake/wide-dependencies.cmake
        DESTINATION "${wide_package_folder}")
