namespace Guildhall.Tests.Fabric;

/// <summary>Whatever a few organizations do and in whatever order, nobody loses a place, what is said is true, and whatever waits can go on.</summary>
public sealed class HistoriesTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Histories_in_any_order_of_steps_keep_to_the_model_of_the_channel(int seed)
    {
        await using var history = await History.StartAsync(seed);
        try
        {
            await history.RunAsync(steps: 6);
            await history.EndAsync();
        }
        catch (Exception problem)
        {
            Assert.Fail($"Seed {seed}: {problem.Message}\n{string.Join("\n", history.Told)}\n{problem.StackTrace}");
        }
    }
}
