# How our own programs are compiled: every warning an error, and under the sanitizers when WIDE_SANITIZE names some.
set(wide_strict_flags -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
add_library(wide_strict INTERFACE)
target_compile_options(wide_strict INTERFACE ${wide_strict_flags})
if(WIDE_SANITIZE)
    list(JOIN WIDE_SANITIZE "," sanitizers)
    set(sanitize -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
    target_compile_options(wide_strict INTERFACE ${sanitize})
    target_link_options(wide_strict INTERFACE ${sanitize})
endif()

# What benchmarks/naive/ has to be compiled with: a std::sqrt that sets errno would keep its loops scalar.
add_library(wide_naive INTERFACE)
target_compile_options(wide_naive INTERFACE -fno-math-errno)
