namespace Guildhall.Outbox;

/// <summary>How much a worker works on at once: in all, and for one inviter's service or for one project. Safe for concurrent use.</summary>
/// <remarks>A network whose nodes keep everybody waiting takes the places of its own people, and leaves the others to the rest.</remarks>
internal sealed class WorkPlaces(int all, int each)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> byService = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> byProject = new(StringComparer.Ordinal);
    private TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int taken;

    /// <summary>Completes when the next place is left.</summary>
    public Task Left
    {
        get
        {
            lock (gate)
            {
                return left.Task;
            }
        }
    }

    public int Taken
    {
        get
        {
            lock (gate)
            {
                return taken;
            }
        }
    }

    public int Free => all - Taken;

    /// <summary>Whose places are all taken.</summary>
    public BusyOwners Busy
    {
        get
        {
            lock (gate)
            {
                return new BusyOwners([.. byService.Where(one => one.Value >= each).Select(one => one.Key)], [.. byProject.Where(one => one.Value >= each).Select(one => one.Key)]);
            }
        }
    }

    public bool TryTake(QueuedWork work)
    {
        lock (gate)
        {
            if (taken == all || byService.GetValueOrDefault(work.InviterServiceId) >= each || byProject.GetValueOrDefault(work.OperationProjectId) >= each)
            {
                return false;
            }

            taken++;
            Count(byService, work.InviterServiceId, 1);
            Count(byProject, work.OperationProjectId, 1);
            return true;
        }
    }

    public void Leave(QueuedWork work)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            taken--;
            Count(byService, work.InviterServiceId, -1);
            Count(byProject, work.OperationProjectId, -1);
            (told, left) = (left, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        told.SetResult();
    }

    private static void Count(Dictionary<string, int> counts, string owner, int more)
    {
        var count = counts.GetValueOrDefault(owner) + more;
        if (count == 0)
        {
            _ = counts.Remove(owner);
        }
        else
        {
            counts[owner] = count;
        }
    }
}

/// <summary>Inviters' services and projects of operations that have all the places that they may have.</summary>
public sealed record BusyOwners(IReadOnlyList<string> Services, IReadOnlyList<string> Projects)
{
    public static readonly BusyOwners None = new([], []);

    public bool IsAny => Services.Count + Projects.Count > 0;
}
