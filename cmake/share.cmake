# What takes long to build need not be built by every compiler: g++ and clang can share it, so that both see each room and a whole
# run stays short. `./dev test` asks for that, `./dev test --all` does not.
option(WIDE_SHARE_SLOW_BUILDS "Build every other of what is slow to build with g++, the rest with clang" OFF)

# Every other of the sources, starting with the second for g++ and with the first for clang: what the other one builds.
function(wide_left_to_the_other_compiler result)
    set(left)
    if(WIDE_SHARE_SLOW_BUILDS)
        set(mine ON)
        if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
            set(mine OFF)
        endif()
        foreach(source IN LISTS ARGN)
            if(mine)
                set(mine OFF)
            else()
                list(APPEND left "${source}")
                set(mine ON)
            endif()
        endforeach()
    endif()
    set(${result} "${left}" PARENT_SCOPE)
endfunction()
