using System.Threading.Channels;

namespace Guildhall.Tests.Replicas;

/// <summary>Time that moves only when it is told to, and its timers with it.</summary>
internal sealed class SteppedClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<Timer> timers = [];
    private readonly Channel<Timer> made = Channel.CreateUnbounded<Timer>();
    private DateTimeOffset now = start;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            return now;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <summary>Completes when another timer has been set since the last call.</summary>
    public Task TimerAsync() => made.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>Completes when another timer of that length has been set since the last call.</summary>
    public async Task TimerAsync(TimeSpan length)
    {
        while ((await made.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10))).Length != length)
        {
        }
    }

    public void Advance(TimeSpan by)
    {
        List<Timer> due;
        lock (gate)
        {
            now += by;
            due = timers.FindAll(timer => timer.Due <= now);
            timers.RemoveAll(due.Contains);
        }

        due.ForEach(timer => timer.Fire());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            var timer = new Timer(() => callback(state), now + dueTime, dueTime, this);
            timers.Add(timer);
            made.Writer.TryWrite(timer);
            return timer;
        }
    }

    private sealed class Timer(Action fire, DateTimeOffset due, TimeSpan length, SteppedClock clock) : ITimer
    {
        public TimeSpan Length => length;

        public DateTimeOffset Due => due;

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose()
        {
            lock (clock.gate)
            {
                clock.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
