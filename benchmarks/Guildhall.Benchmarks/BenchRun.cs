using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Guildhall.Benchmarks;

/// <summary>One run: says where it runs, then goes through the figures on each engine.</summary>
internal sealed class BenchRun(int rounds, TimeSpan time, string? engineName)
{
    public async Task RunAsync(IReadOnlyList<Experiment> chosen)
    {
        var started = Stopwatch.GetTimestamp();

        // Within the folder that eng/bench.sh removes, also when this process is killed.
        var root = Environment.GetEnvironmentVariable("GUILDHALL_BENCH_FOLDER") ?? Path.GetTempPath();
        var folder = Directory.CreateDirectory(Path.Combine(root, $"run-{Guid.NewGuid():n}")).FullName;
        try
        {
            using var flushes = Flushes.Find();
            var engines = Engines(folder).Where(engine => engineName is null || engine.Name.Equals(engineName, StringComparison.OrdinalIgnoreCase)).ToArray();
            await DescribeAsync(engines, flushes, folder);
            var report = new Report(System.Console.Out, rounds, time);
            report.Begin();
            foreach (var engine in engines)
            {
                var seed = new Seed(Stage.Tenants, (rounds + 1) * (Writes.AnswersPerRound + Growth.AnswersPerRound));
                await using var bench = new Bench(engine, seed, flushes, folder, time);
                foreach (var experiment in chosen)
                {
                    if (await experiment.PrepareAsync(bench) is { } trial)
                    {
                        await report.RunAsync(engine.Name, trial);
                    }
                }
            }

            System.Console.WriteLine();
            System.Console.WriteLine($"{report.Lines - report.Missed} of {report.Lines} targets met, in {Stopwatch.GetElapsedTime(started).TotalMinutes:0.0} minutes.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<Engine> Engines(string folder)
    {
        yield return new SqliteEngine(folder);
        if (Environment.GetEnvironmentVariable("GUILDHALL_BENCH_POSTGRES") is { } server)
        {
            yield return new PostgresEngine(server);
        }
    }

    private async Task DescribeAsync(IEnumerable<Engine> engines, Flushes? flushes, string folder)
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1];
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        var load = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
        System.Console.WriteLine($"Machine: {Environment.ProcessorCount} cores ({processor ?? RuntimeInformation.ProcessArchitecture.ToString()}), {memory:0} GB, {RuntimeInformation.OSDescription}, .NET {Environment.Version}; load {load} before the start.");
        if (double.Parse(load, CultureInfo.InvariantCulture) > Environment.ProcessorCount / 2.0)
        {
            System.Console.WriteLine("The machine is busy with other work. Rates are lower for it, and ratios of one thread against many are distorted.");
        }

        System.Console.WriteLine($"A flush of 4 KiB takes {FlushTime(folder).ToString("0.000", CultureInfo.InvariantCulture)} ms here (p50). {(flushes is null ? "Without a C compiler flushes cannot be slowed: those figures are left out." : "Guildhall and PostgreSQL run with benchmarks/flush.c, which counts flushes.")}");
        foreach (var engine in engines)
        {
            System.Console.WriteLine(await engine.DescribeAsync());
        }

        System.Console.WriteLine($"Client, server and yardstick share the machine. Medians of {rounds} rounds of {time.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s a side, after one that warms up.");
        System.Console.WriteLine();
    }

    private static double FlushTime(string folder)
    {
        const int count = 200;
        var path = Path.Combine(folder, "flush");
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        var times = new List<double>();
        for (var i = 0; i < count; i++)
        {
            RandomAccess.Write(file, new byte[4096], i * 4096);
            var started = Stopwatch.GetTimestamp();
            RandomAccess.FlushToDisk(file);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return times.Order().ElementAt(count / 2);
    }
}
