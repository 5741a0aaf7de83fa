namespace Guildhall.Storage;

/// <summary>
/// Looks things up for many at once: whoever asks while a look is under way shares the next one. So every answer is from a look that began after it was
/// asked for, and there is never more than one under way. Safe for concurrent use.
/// </summary>
/// <param name="look">Answers what it finds of the keys.</param>
internal sealed class SharedLook<TValue>(Func<IReadOnlyCollection<string>, Task<IReadOnlyDictionary<string, TValue>>> look)
{
    private readonly Lock gate = new();
    private Gathering? next;
    private bool isLooking;

    /// <summary>What there is under the key, or the default.</summary>
    public async Task<TValue?> FindAsync(string key)
    {
        Gathering mine;
        lock (gate)
        {
            mine = next ??= new Gathering();
            mine.Keys.Add(key);
            if (!isLooking)
            {
                isLooking = true;
                _ = LookAsync();
            }
        }

        return (await mine.Found.Task).GetValueOrDefault(key);
    }

    private async Task LookAsync()
    {
        await Task.Yield(); // the lock is held by whoever starts this
        while (Take() is { } gathering)
        {
            try
            {
                gathering.Found.SetResult(await look(gathering.Keys));
            }
            catch (Exception exception)
            {
                gathering.Found.SetException(exception);
            }
        }
    }

    private Gathering? Take()
    {
        lock (gate)
        {
            var taken = next;
            next = null;
            isLooking = taken is not null;
            return taken;
        }
    }

    private sealed class Gathering
    {
        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

        public TaskCompletionSource<IReadOnlyDictionary<string, TValue>> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
