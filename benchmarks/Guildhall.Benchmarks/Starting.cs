using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Guildhall.Benchmarks;

/// <summary>How long the demo takes from nothing to the first 200, and what it holds in memory when nothing is asked of it.</summary>
internal static class Starting
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    public static IEnumerable<Experiment> All { get; } =
    [
        new("start", "the demo from a ReadyToRun build, on an empty folder, until the first 200; its memory after 5 s", PrepareAsync),
    ];

    private static async Task<Trial?> PrepareAsync(Bench bench)
    {
        if (bench.Engine is not SqliteEngine)
        {
            return null; // the demo has its own store
        }

        var (build, turn) = (await PublishAsync(bench.Folder), 0);
        return new Trial(
            [
                new Arm("demo", async _ =>
                {
                    var (port, data) = (ServerProcess.FreePort(), Path.Combine(bench.Folder, $"demo{turn++}"));
                    var started = Stopwatch.GetTimestamp();
                    await using var demo = await ServerProcess.StartAsync(
                        port, "/health/ready", null, ["demo", "--urls", $"http://127.0.0.1:{port}", "--data", data], Path.Combine(build, "guildhall"));
                    var first = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                    await Task.Delay(Idle);
                    return new Sample(double.NaN, first) { ResidentMegabytes = demo.ResidentMegabytes };
                }),
                new Arm("0.6 s", _ => Task.FromResult(new Sample(double.NaN, 600))),
                new Arm("100 MB", _ => Task.FromResult(new Sample(double.NaN) { ResidentMegabytes = 100 })),
            ],
            [
                new Line("demo, first 200", 1, "demo", "0.6 s", new Target(1, IsAtLeast: false)) { Value = sample => sample.P50, Unit = " ms" },
                new Line("demo, memory when idle", 0, "demo", "100 MB", new Target(1, IsAtLeast: false)) { Value = sample => sample.ResidentMegabytes, Unit = " MB" },
            ]);
    }

    /// <summary>A build as it would be installed. Its intermediate files, and its lock file of packages, are kept apart from the repository's.</summary>
    private static async Task<string> PublishAsync(string folder)
    {
        var output = Path.Combine(folder, "published");
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "publish", "src/Guildhall", "--configuration", "Release", "--runtime", RuntimeInformation.RuntimeIdentifier, "--self-contained", "false",
                "-p:PublishReadyToRun=true", $"-p:NuGetLockFilePath={Path.Combine(folder, "lock.json")}", "--artifacts-path", Path.Combine(folder, "artifacts"),
                "--output", output, "--verbosity", "quiet", "--nologo",
            ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var publish = Process.Start(start)!;
        var said = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        return publish.ExitCode == 0 ? output : throw new InvalidOperationException($"dotnet publish said: {said}");
    }
}
