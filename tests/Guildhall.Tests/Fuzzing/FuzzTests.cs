using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Fuzzing;

/// <summary>The short run: the same inputs each time. <c>make fuzz</c> goes on from other seeds for as long as one likes.</summary>
public sealed class FuzzTests : IDisposable
{
    private const int Inputs = 100;
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    public static TheoryData<string, string> FaultyTargets => new()
    {
        { "endless-recursion", "It ended the process: " },
        { "endless-loop", FuzzWorker.TooSlow },
        { "too-much-memory", "System.OutOfMemoryException: " },
        { "another-exception", "System.InvalidOperationException: not one of its own" },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task No_input_ends_the_process_or_keeps_it_busy_or_fills_it_or_throws_what_was_not_announced(string name)
    {
        var target = FuzzTargets.All.Single(one => one.Name == name);

        var faults = await new Fuzzer(folder.Path).RunAsync(target, first: 0, Inputs, TimeSpan.FromMinutes(5));

        Assert.NotEmpty(target.Corpus);
        Assert.Empty(faults.Select(fault => $"{fault.Input}: {fault.Words}"));
    }

    [Theory]
    [MemberData(nameof(FaultyTargets))]
    public async Task A_fault_is_found(string name, string words)
    {
        var target = FuzzTargets.Faulty.Single(one => one.Name == name);

        var faults = await new Fuzzer(folder.Path).RunAsync(target, first: 1, count: 3, TimeSpan.FromMinutes(5));

        var fault = Assert.Single(faults);
        Assert.StartsWith(words, fault.Words, StringComparison.Ordinal);
        Assert.True(File.Exists(fault.Input));
    }

    public void Dispose() => folder.Dispose();
}
