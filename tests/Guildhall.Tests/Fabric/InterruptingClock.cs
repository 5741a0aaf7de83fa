namespace Guildhall.Tests.Fabric;

/// <summary>The machine's clock, which lets something happen to its end when it is next read: certificates are judged by it while nodes and signers are at work.</summary>
internal sealed class InterruptingClock : TimeProvider
{
    private Func<Task>? next;

    public void Interrupt(Func<Task> happen) => Interlocked.Exchange(ref next, happen);

    public override DateTimeOffset GetUtcNow()
    {
        if (Interlocked.Exchange(ref next, null) is { } happen)
        {
            Task.Run(happen).GetAwaiter().GetResult();
        }

        return base.GetUtcNow();
    }
}
