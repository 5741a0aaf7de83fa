namespace Guildhall.Tests;

/// <summary>
/// A tenant with nothing in common with those who race, whose calls are refused all the time. They share transactions with the racers' calls:
/// a transaction is undone and run again for the one that has written and is refused, and what one reads is asked for along with what others read.
/// </summary>
public sealed class RefusedNeighbour : IAsyncDisposable
{
    private const int AtOnce = 3;

    private readonly CancellationTokenSource over = new();
    private readonly Task[] calling;

    private RefusedNeighbour(Person neighbour) => calling = [.. Enumerable.Range(0, AtOnce).Select(n => CallAsync(neighbour, n))];

    public static async Task<RefusedNeighbour> BesideAsync(TestService service) =>
        new(await service.AddPersonAsync("east-quarry", "quarry", isInvitee: false));

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        await Task.WhenAll(calling);
        over.Dispose();
    }

    private async Task CallAsync(Person neighbour, int first)
    {
        for (var n = first; !over.IsCancellationRequested; n++)
        {
            var (status, body) = await (n % 3 == 0 ? neighbour.InviteNamesAsync("nobody-of-this-name") : n % 3 == 1 ? neighbour.AgreeAsync() : neighbour.QuitAsync());
            Assert.True(status is 400 or 404, body);
        }
    }
}
