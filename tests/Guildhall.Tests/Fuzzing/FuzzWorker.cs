using System.Diagnostics;
using System.Runtime;

namespace Guildhall.Tests.Fuzzing;

/// <summary>Runs a target in a process of its own, which a fault may end.</summary>
/// <remarks>
/// Whoever starts it limits its heap; what needs more than that is out of memory, which is a fault. The thread has the stack that those have that
/// answer requests. Time is counted as the processor's, so that a busy machine makes no faults.
/// </remarks>
internal static class FuzzWorker
{
    public const string Command = "fuzz-worker";
    public const string HeapLimit = "0x6000000"; // 96 MB: 64 for the input, the rest for the program and its corpus
    public const string TooSlow = "It took more than two seconds.";
    private const int MaxLines = 12;
    private const int StackSize = 1536 * 1024;
    private static readonly TimeSpan MaxWork = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(60);

    private static readonly ManualResetEventSlim Ended = new();

    private static long startedAt;
    private static long workedUntil;

    /// <param name="arguments">The target; where to write the seed that is at work; then <c>--file</c> and a path, or the first seed, the most seeds, and the most seconds.</param>
    public static int Run(string[] arguments)
    {
        var target = FuzzTargets.All.Concat(FuzzTargets.Faulty).Single(one => one.Name == arguments[0]);
        new Thread(Watch) { IsBackground = true, Priority = ThreadPriority.AboveNormal }.Start();
        var exitCode = 0;
        var runner = new Thread(() => exitCode = arguments[2] == "--file" ? ReadFile(target, arguments[3]) : ReadSeeds(target, arguments), StackSize);
        runner.Start();
        runner.Join();
        Ended.Set();
        return exitCode;
    }

    private static int ReadFile(FuzzTarget target, string path)
    {
        Try(target, File.ReadAllBytes(path), path);
        return 0;
    }

    private static int ReadSeeds(FuzzTarget target, string[] arguments)
    {
        var (first, count, seconds) = (int.Parse(arguments[2]), int.Parse(arguments[3]), int.Parse(arguments[4]));
        using var current = new FileStream(arguments[1], FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        if (first == 0)
        {
            for (var i = 0; i < target.Corpus.Length + target.Found.Length; i++)
            {
                Write(current, ~i);
                Try(target, FuzzTargets.Numbered(target, i), $"{~i}");
            }
        }

        var mutator = new Mutator(target);
        var clock = Stopwatch.StartNew();
        var seed = first;
        for (; seed < first + count && clock.Elapsed.TotalSeconds < seconds; seed++)
        {
            Write(current, seed);
            Try(target, mutator.Make(seed), $"{seed}");
        }

        System.Console.WriteLine($"done {seed}");
        return 0;
    }

    private static void Write(FileStream file, int seed)
    {
        file.Position = 0;
        file.Write(BitConverter.GetBytes(seed));
    }

    private static void Try(FuzzTarget target, byte[] input, string name)
    {
        Volatile.Write(ref workedUntil, (Environment.CpuUsage.TotalTime + MaxWork).Ticks);
        Volatile.Write(ref startedAt, Stopwatch.GetTimestamp());
        try
        {
            Read(target, input);
        }
        catch (Exception problem) when (target.IsRefusal(problem))
        {
            // That is how it says no.
        }
        catch (Exception problem)
        {
            System.Console.WriteLine($"fault {name} {string.Join("\\n", problem.ToString().ReplaceLineEndings("\n").Split('\n').Take(MaxLines))}");
        }
        finally
        {
            Volatile.Write(ref startedAt, 0);
        }
    }

    /// <summary>What is not compacted is not live: memory counts as missing when it still is after that.</summary>
    private static void Read(FuzzTarget target, byte[] input)
    {
        try
        {
            target.Read(input);
        }
        catch (OutOfMemoryException)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            target.Read(input);
        }
    }

    private static void Watch()
    {
        while (!Ended.Wait(100))
        {
            var started = Volatile.Read(ref startedAt);
            if (started != 0 && (Environment.CpuUsage.TotalTime.Ticks > Volatile.Read(ref workedUntil) || Stopwatch.GetElapsedTime(started) > MaxWait) && Volatile.Read(ref startedAt) == started)
            {
                System.Console.WriteLine(TooSlow);
                using var self = Process.GetCurrentProcess();
                self.Kill(); // at once: the thread that is at work would not let the process end in an orderly way
            }
        }
    }
}
