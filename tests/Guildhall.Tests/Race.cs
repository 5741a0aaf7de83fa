namespace Guildhall.Tests;

/// <summary>The same work on several threads that start together, again and again, so that they meet.</summary>
internal static class Race
{
    public const int Threads = 4;

    /// <param name="work">Is handed the number of its thread.</param>
    public static void Run(int times, Action<int> work)
    {
        using var start = new Barrier(Threads);
        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            start.SignalAndWait();
            for (var turn = 0; turn < times; turn++)
            {
                work(number);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
    }
}
