using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Guildhall.Benchmarks;

/// <summary>Linux's way to wait for many sockets on one thread; it costs the client the least, and the server gets the rest.</summary>
internal sealed unsafe partial class Epoll : IDisposable
{
    private const uint In = 1;
    private const uint Out = 4;
    private const int Add = 1;
    private const int Modify = 3;
    private const int MaxEvents = 128;

    // struct epoll_event { uint32_t events; uint64_t data; } is packed on x86-64 only.
    private static readonly int DataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    private readonly int epoll = Check(EpollCreate(0));
    private readonly byte[] events = new byte[MaxEvents * (DataAt + sizeof(long))];

    /// <summary>Tells of bytes to read from the socket from now on, by the number.</summary>
    public void Watch(Socket socket, int number) => Control(Add, socket, number, In);

    /// <summary>Whether to tell, too, when the socket takes bytes again.</summary>
    public void WatchWriting(Socket socket, int number, bool watched) => Control(Modify, socket, number, watched ? In | Out : In);

    /// <summary>The numbers of the sockets that something can be done with.</summary>
    /// <returns>How many of them; 0 after that time without any.</returns>
    public int Wait(Span<int> ready, TimeSpan atMost)
    {
        int count;
        fixed (byte* first = events)
        {
            count = EpollWait(epoll, first, Math.Min(MaxEvents, ready.Length), (int)Math.Ceiling(atMost.TotalMilliseconds));
        }

        if (count < 0 && Marshal.GetLastPInvokeError() == 4) // EINTR: a signal came
        {
            return 0;
        }

        Check(count);
        for (var i = 0; i < count; i++)
        {
            ready[i] = (int)BitConverter.ToInt64(events, (i * (DataAt + sizeof(long))) + DataAt);
        }

        return count;
    }

    public void Dispose() => _ = Close(epoll);

    private void Control(int operation, Socket socket, int number, uint interest)
    {
        var entry = stackalloc byte[DataAt + sizeof(long)];
        *(uint*)entry = interest;
        *(long*)(entry + DataAt) = number;
        Check(EpollControl(epoll, operation, (int)socket.Handle, entry));
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EpollControl(int epoll, int operation, int file, byte* entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EpollWait(int epoll, byte* events, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int file);
}
