namespace Guildhall.Identity;

public static class IdentityServices
{
    /// <summary>The doors and the built-in accounts behind them. Needs a <see cref="Storage.Store"/>, a <see cref="TimeProvider"/> and <see cref="Memberships.Quotas"/>.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services)
    {
        services.AddSingleton<Passwords>(_ => new Passwords());
        return services
            .AddSingleton<FailureBrake>()
            .AddSingleton<WriteBudget>()
            .AddSingleton<TokenQuota>()
            .AddSingleton<Doors>()
            .AddSingleton(provider => new CallersClock(provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<Logins>()
            .AddSingleton<AccessKeys>()
            .AddSingleton<Accounts>();
    }
}
