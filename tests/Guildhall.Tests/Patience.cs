namespace Guildhall.Tests;

/// <summary>Waits for what comes about by itself, and gives up only when it seems to hang.</summary>
internal static class Patience
{
    public static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!isSo())
        {
            await Task.Delay(5, patience.Token);
        }
    }
}
