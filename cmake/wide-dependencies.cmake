# The targets wide::xsimd, wide::openblas, wide::libsvm and wide::native, for the build tree and for an installed package alike.
# What is missing is told in wide_NOT_FOUND_MESSAGE.

# xsimd's own target is passed by: Debian's asks for -lxtl, which need not be there.
set(WIDE_XSIMD_INCLUDE_DIR "" CACHE PATH "A folder that holds xsimd/xsimd.hpp; empty: the installed xsimd")
if(NOT TARGET wide::xsimd)
    set(wide_xsimd_folder "${WIDE_XSIMD_INCLUDE_DIR}")
    if(NOT wide_xsimd_folder)
        find_package(xsimd QUIET)
        set(wide_xsimd_folder "${xsimd_INCLUDE_DIRS}")
        if(xsimd_FOUND AND NOT wide_xsimd_folder)
            get_target_property(wide_xsimd_folder xsimd INTERFACE_INCLUDE_DIRECTORIES)
        endif()
    endif()
    list(GET wide_xsimd_folder 0 wide_xsimd_folder)
    if(EXISTS "${wide_xsimd_folder}/xsimd/xsimd.hpp")
        add_library(wide::xsimd INTERFACE IMPORTED GLOBAL)
        target_include_directories(wide::xsimd SYSTEM INTERFACE "${wide_xsimd_folder}")
    else()
        string(APPEND wide_NOT_FOUND_MESSAGE
               "wide: no xsimd/xsimd.hpp; install xsimd or set WIDE_XSIMD_INCLUDE_DIR. ")
    endif()
endif()

find_path(WIDE_OPENBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas-pthread openblas)
find_library(WIDE_OPENBLAS_LIBRARY openblas PATH_SUFFIXES openblas-pthread)
mark_as_advanced(WIDE_OPENBLAS_INCLUDE_DIR WIDE_OPENBLAS_LIBRARY)
if(NOT TARGET wide::openblas)
    if(WIDE_OPENBLAS_INCLUDE_DIR AND WIDE_OPENBLAS_LIBRARY)
        add_library(wide::openblas INTERFACE IMPORTED GLOBAL)
        target_include_directories(wide::openblas SYSTEM INTERFACE "${WIDE_OPENBLAS_INCLUDE_DIR}")
        target_link_libraries(wide::openblas INTERFACE "${WIDE_OPENBLAS_LIBRARY}")
    else()
        string(APPEND wide_NOT_FOUND_MESSAGE
               "wide: no OpenBLAS; install it or set WIDE_OPENBLAS_INCLUDE_DIR and WIDE_OPENBLAS_LIBRARY. ")
    endif()
endif()

find_path(WIDE_LIBSVM_INCLUDE_DIR libsvm/svm.h)
find_library(WIDE_LIBSVM_LIBRARY svm)
mark_as_advanced(WIDE_LIBSVM_INCLUDE_DIR WIDE_LIBSVM_LIBRARY)
if(NOT TARGET wide::libsvm)
    if(WIDE_LIBSVM_INCLUDE_DIR AND WIDE_LIBSVM_LIBRARY)
        add_library(wide::libsvm INTERFACE IMPORTED GLOBAL)
        target_include_directories(wide::libsvm SYSTEM INTERFACE "${WIDE_LIBSVM_INCLUDE_DIR}")
        target_link_libraries(wide::libsvm INTERFACE "${WIDE_LIBSVM_LIBRARY}")
    else()
        string(APPEND wide_NOT_FOUND_MESSAGE
               "wide: no libsvm; install it or set WIDE_LIBSVM_INCLUDE_DIR and WIDE_LIBSVM_LIBRARY. ")
    endif()
endif()

# Not part of the exported set: an installed package serves machines other than the one it was configured on.
set(WIDE_MARCH native CACHE STRING "The -march of wide::native: native, x86-64-v3, ...")
if(NOT TARGET wide::native)
    add_library(wide::native INTERFACE IMPORTED GLOBAL)
    target_compile_options(wide::native INTERFACE "-march=${WIDE_MARCH}")
endif()
