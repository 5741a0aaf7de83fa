using System.IO.MemoryMappedFiles;

namespace Guildhall.Benchmarks;

/// <summary>The other end of benchmarks/flush.c: slows the flushes of the servers it is preloaded into, and counts them.</summary>
internal sealed class Flushes : IDisposable
{
    private const int Length = 2 * sizeof(long);

    private readonly string library;
    private readonly string control;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor shared;

    private Flushes(string library, string control)
    {
        (this.library, this.control) = (library, control);
        file = MemoryMappedFile.CreateFromFile(control, FileMode.Open, null, Length);
        shared = file.CreateViewAccessor(0, Length);
    }

    /// <summary>How many there have been.</summary>
    public long Count => shared.ReadInt64(sizeof(long));

    /// <summary>What eng/bench.sh has compiled; null where there is no compiler.</summary>
    public static Flushes? Find() =>
        Environment.GetEnvironmentVariable("GUILDHALL_BENCH_FOLDER") is { } folder && File.Exists(Path.Combine(folder, "flush.so"))
            ? new Flushes(Path.Combine(folder, "flush.so"), Path.Combine(folder, "flush.control"))
            : null;

    /// <summary>What every flush takes longer from now on.</summary>
    public void Delay(TimeSpan by) => shared.Write(0, (long)by.TotalMicroseconds);

    /// <summary>For a process that is going to be started.</summary>
    public void AddTo(IDictionary<string, string?> environment) =>
        (environment["LD_PRELOAD"], environment["FLUSH_CONTROL"]) = (library, control);

    public void Dispose()
    {
        shared.Dispose();
        file.Dispose();
    }
}
