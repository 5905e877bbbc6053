#pragma once
// A file that is written in place, at any offset, by a computation that may be killed at any moment: what was flushed
// stays. For systems with POSIX's calls.
//
//     DurableFile file("results", open_for::updating);     // made if it is not there
//     file.write(offset, numbers, bytes);
//     file.flush();                                        // on the disk, not merely on its way to it
//     replace_file("notes", "all of the new content");     // either the old content or the new one, nothing between
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include <wide/run/error.hpp>

namespace wide {

/// `updating` and `replacing` make a file that is not there; `replacing` empties one that is.
enum class open_for : unsigned char { reading, updating, replacing };

class DurableFile {
public:
    /// Throws bad_file if a file cannot be opened for reading, else error.
    DurableFile(std::string path, open_for purpose) : path_{std::move(path)} {
        const int how = purpose == open_for::reading    ? O_RDONLY
                        : purpose == open_for::updating ? O_RDWR | O_CREAT
                                                        : O_RDWR | O_CREAT | O_TRUNC;
        do descriptor_ = ::open(path_.c_str(), how | O_CLOEXEC, 0666);
        while (descriptor_ < 0 && errno == EINTR);
        if (descriptor_ >= 0) return;
        const std::string text = path_ + ": cannot be opened (" + std::strerror(errno) + ")";
        if (purpose == open_for::reading) throw bad_file{text + ": check the path and its permissions", path_, 0};
        throw error{text + " for writing: check that its directory is there and may be written to"};
    }
    ~DurableFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    DurableFile(DurableFile&& other) noexcept
        : path_{std::move(other.path_)}, descriptor_{std::exchange(other.descriptor_, -1)} {}
    DurableFile& operator=(DurableFile&&) = delete;

    const std::string& path() const { return path_; }

    [[nodiscard]] std::uint64_t size() const {
        struct ::stat about {};
        if (::fstat(descriptor_, &about) != 0) throw failed("asked for its size", 0);
        return static_cast<std::uint64_t>(about.st_size);
    }

    /// How many of `bytes` there are: fewer only at the end of the file. Throws bad_file.
    std::size_t read(std::uint64_t offset, void* to, std::size_t bytes) const {
        std::size_t got = 0;
        while (got < bytes) {
            const ::ssize_t part =
                ::pread(descriptor_, static_cast<char*>(to) + got, bytes - got, static_cast<::off_t>(offset + got));
            if (part == 0) break;
            if (part < 0 && errno == EINTR) continue;
            if (part < 0)
                throw bad_file{path_ + ": cannot be read at byte " + std::to_string(offset + got) + " (" +
                                   std::strerror(errno) + "): it must be a regular file on a healthy disk",
                               path_, offset + got};
            got += static_cast<std::size_t>(part);
        }
        return got;
    }

    void write(std::uint64_t offset, const void* from, std::size_t bytes) {
        for (std::size_t put = 0; put < bytes;) {
            const ::ssize_t part = ::pwrite(descriptor_, static_cast<const char*>(from) + put, bytes - put,
                                            static_cast<::off_t>(offset + put));
            if (part < 0 && errno == EINTR) continue;
            if (part <= 0) throw failed("written", offset + put);
            put += static_cast<std::size_t>(part);
        }
    }

    /// Cuts the file, or lengthens it by zeros that take no room.
    void resize(std::uint64_t bytes) {
        if (::ftruncate(descriptor_, static_cast<::off_t>(bytes)) != 0) throw failed("resized", bytes);
    }

    /// Takes the room for the first `bytes` bytes, where the file system can: a disk that is too small shows now and
    /// not hours later.
    void reserve([[maybe_unused]] std::uint64_t bytes) {
#if defined(__linux__)
        while (bytes > 0 && ::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, 0, static_cast<::off_t>(bytes)) != 0) {
            if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) throw failed("given its room", bytes);
            if (errno != EINTR) return;
        }
#endif
    }

    /// Returns when everything written is on the disk.
    void flush() {
#if defined(__linux__)
        const int status = ::fdatasync(descriptor_);
#else
        const int status = ::fsync(descriptor_);
#endif
        if (status != 0) throw failed("flushed", 0);
    }

    /// Throws error if the file is locked already, by whichever process. A lock ends with its object, or with its
    /// process. On file systems without locks nothing happens.
    void lock() {
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
            throw error{path_ + ": another computation is writing to it: wait for that, or give another name"};
    }

private:
    [[nodiscard]] error failed(const char* what, std::uint64_t offset) const {
        const int reason = errno;
        return error{path_ + ": cannot be " + what + " at byte " + std::to_string(offset) + " (" +
                     std::strerror(reason) + ")" +
                     (reason == ENOSPC || reason == EDQUOT ? ": make room on that disk, or give a name on another"
                                                           : ": check the disk and its limits")};
    }

    std::string path_;
    int descriptor_ = -1;
};

/// A file of this content, in one step: whenever the process ends, and even if the machine does, the old content is
/// there or the new one.
inline void replace_file(const std::string& path, const std::string& content) {
    const std::string beside = path + ".new";
    {
        DurableFile file(beside, open_for::replacing);
        file.write(0, content.data(), content.size());
        file.flush();
    }
    if (std::rename(beside.c_str(), path.c_str()) != 0)
        throw error{path + ": cannot be replaced (" + std::strerror(errno) + "): check its permissions"};
    // The new name is on the disk when its directory is.
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

}  // namespace wide
